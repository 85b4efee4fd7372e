import { createHash } from "node:crypto";
import { access, constants } from "node:fs/promises";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { execa } from "execa";
import { childEnvironment } from "./child-process.ts";

export type ComponentKind = "encoder" | "filter" | "demuxer";

/** The ffmpeg and ffprobe of this host, and what they can do: asked of the binaries, never guessed from a version. */
export interface FfmpegTools {
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  /** As ffmpeg prints it, such as `5.1.9-0+deb12u1`. */
  readonly version: string;
  /** 12 hex digits that stand for version and configuration: equal builds have equal ones. */
  readonly build: string;
  /** Put before every command: where the system offers it, the child dies with the runner. */
  readonly launcher: readonly string[];
  /** Whether this build lists the component. Listed is not proven: an encoder may still lack its device. */
  readonly knows: (kind: ComponentKind, name: string) => boolean;
  /** Encoders that encoded real frames on this host. */
  readonly provenEncoders: ReadonlySet<string>;
  /** Whether libvmaf measured real frames on this host. */
  readonly provenVmaf: boolean;
}

export interface ToolPaths {
  readonly ffmpegPath: string;
  /** A static ffmpeg often comes without one, so it has its own path. */
  readonly ffprobePath: string;
}

const SETPRIV = "/usr/bin/setpriv";

/** Asks both binaries what they are. Throws runner_error, naming the setting, where one does not run. */
export async function openTools({ ffmpegPath, ffprobePath }: ToolPaths): Promise<FfmpegTools> {
  const [banner, encoders, filters, demuxers, launcher] = await Promise.all([
    ask("FFMPEG_PATH", ffmpegPath, "-version"),
    ask("FFMPEG_PATH", ffmpegPath, "-encoders"),
    ask("FFMPEG_PATH", ffmpegPath, "-filters"),
    ask("FFMPEG_PATH", ffmpegPath, "-demuxers"),
    findLauncher(),
    ask("FFPROBE_PATH", ffprobePath, "-version"),
  ]);
  const known: Record<ComponentKind, ReadonlySet<string>> = {
    encoder: listedNames(encoders),
    filter: listedNames(filters),
    demuxer: listedNames(demuxers),
  };
  return {
    ffmpegPath,
    ffprobePath,
    version: /^ffmpeg version (\S+)/.exec(banner)?.[1] ?? "unknown",
    build: buildOf(banner),
    launcher,
    knows: (kind, name) => known[kind].has(name),
    provenEncoders: new Set(),
    provenVmaf: false,
  };
}

function buildOf(banner: string): string {
  const [version = "", ...lines] = banner.split("\n");
  const configuration = lines.find((line) => line.startsWith("configuration:")) ?? "";
  return createHash("sha256").update(`${version}\n${configuration}`).digest("hex").slice(0, 12);
}

async function ask(setting: string, path: string, option: string): Promise<string> {
  const answer = await execa(path, ["-hide_banner", option], {
    reject: false,
    stdin: "ignore",
    timeout: 30_000,
    env: childEnvironment(),
    extendEnv: false,
  });
  if (answer.failed) throw new ReelwayError("runner_error", `${setting}: ${path} does not run: ${answer.shortMessage}`);
  return answer.stdout;
}

/** Reads the tables of `-encoders`, `-filters` and `-demuxers`: flags, then names joined by commas. */
export function listedNames(table: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const line of table.split("\n")) {
    const match = /^ {1,2}[A-Z.|]{1,6} +([a-z0-9_-]+(?:,[a-z0-9_-]+)*)(?: |$)/i.exec(line);
    for (const name of match?.[1]?.split(",") ?? []) names.add(name);
  }
  return names;
}

/** On Linux a parent-death signal ends ffmpeg even when the runner is killed with SIGKILL. */
async function findLauncher(): Promise<readonly string[]> {
  if (process.platform !== "linux") return [];
  try {
    await access(SETPRIV, constants.X_OK);
  } catch {
    return [];
  }
  const works = await execa(SETPRIV, ["--pdeathsig", "KILL", "--", "/bin/true"], { reject: false, timeout: 5_000 });
  return works.failed ? [] : [SETPRIV, "--pdeathsig", "KILL", "--"];
}
