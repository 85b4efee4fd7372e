import { createHash } from "node:crypto";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { execa } from "execa";
import type { ProvenDevice } from "./arguments/devices/device.ts";
import { childEnvironment } from "./child-process.ts";
import { noVocabulary, type Vocabulary } from "./vocabulary.ts";

export type ComponentKind = "encoder" | "filter" | "demuxer";

/** The ffmpeg and ffprobe of this host, and what they can do: asked of the binaries, never guessed from a version. */
export interface FfmpegTools {
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  /** As ffmpeg prints it, such as `5.1.9-0+deb12u1`. */
  readonly version: string;
  /** The same of ffprobe, which may be another build. */
  readonly ffprobeVersion: string;
  /** 12 hex digits that stand for version and configuration: equal builds have equal ones. */
  readonly build: string;
  /** Whether this build lists the component. Listed is not proven: an encoder may still lack its device. */
  readonly knows: (kind: ComponentKind, name: string) => boolean;
  /** What it calls the parts of devices, where this host has some. */
  readonly vocabulary: Vocabulary;
  /** Software encoders that encoded real frames on this host. */
  readonly provenEncoders: ReadonlySet<string>;
  /** Whether libvmaf measured real frames on this host. */
  readonly provenVmaf: boolean;
  /** Devices that encoded real frames, with what else they did, best first. */
  readonly devices: readonly ProvenDevice[];
}

export interface ToolPaths {
  readonly ffmpegPath: string;
  /** A static ffmpeg often comes without one, so it has its own path. */
  readonly ffprobePath: string;
}

/** Asks both binaries what they are. Throws runner_error, naming the setting, where one does not run. */
export async function openTools({ ffmpegPath, ffprobePath }: ToolPaths): Promise<FfmpegTools> {
  const [banner, encoders, filters, demuxers, ffprobeBanner] = await Promise.all([
    ask("FFMPEG_PATH", ffmpegPath, "-version"),
    ask("FFMPEG_PATH", ffmpegPath, "-encoders"),
    ask("FFMPEG_PATH", ffmpegPath, "-filters"),
    ask("FFMPEG_PATH", ffmpegPath, "-demuxers"),
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
    version: versionIn(banner),
    ffprobeVersion: versionIn(ffprobeBanner),
    build: buildOf(banner),
    knows: (kind, name) => known[kind].has(name),
    provenEncoders: new Set(),
    provenVmaf: false,
    vocabulary: noVocabulary,
    devices: [],
  };
}

function versionIn(banner: string): string {
  return /^ff(?:mpeg|probe) version (\S+)/.exec(banner)?.[1] ?? "unknown";
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
