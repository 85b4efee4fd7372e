import { chmod, copyFile, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { systemPacing } from "@reelway/shared/client/retry";
import { JobSpec } from "@reelway/shared/contracts/job-spec";
import type { LeasedTask } from "@reelway/shared/contracts/lease";
import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { makeFolder, removeFolder } from "@reelway/shared/testing/temporary-folder";
import { execa } from "execa";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import type { z } from "zod";
import type { Box } from "../../src/box/box.ts";
import type { MediaEngine } from "../../src/engine/open-engine.ts";
import { probeFile } from "../../src/ffmpeg/probe.ts";
import type { FfmpegTools } from "../../src/ffmpeg/tools.ts";
import type { DeviceHealth } from "../../src/hardware/device-breakers.ts";
import { DeviceSessions, type TaskSessions } from "../../src/hardware/device-sessions.ts";
import { kindOf } from "../../src/kinds/catalogue.ts";
import type { KindContext, KindResult } from "../../src/kinds/kind.ts";
import type { SampleVerdict } from "../../src/kinds/samples/verdict.ts";
import { scopeOf } from "../../src/kinds/scope.ts";
import { MadeFiles } from "../../src/take-home/made-files.ts";
import { ffmpegPath, tools } from "../media-tools.ts";
import { testBox } from "../support/box.ts";
import { noDevices } from "../support/no-devices.ts";

type Reported = Parameters<KindContext["report"]>[0];

export interface KindRun extends Omit<KindResult, "source"> {
  readonly source: MediaInfo;
  readonly reports: readonly Reported[];
  /** What came of it when results were held against their source. */
  readonly samples: readonly SampleVerdict[];
  /** The space that it asked for, bytes. */
  readonly claimed: readonly number[];
  /** The memory that it said it takes, bytes. */
  readonly memory: readonly number[];
  /** What the named output really holds. */
  readonly probed: (name: string) => Promise<MediaInfo>;
  readonly pathOf: (name: string) => string;
}

export interface RunOptions {
  readonly inputs?: Partial<Record<"watermark" | "subtitles", string>>;
  /** Files that lie beside the inputs, under their own names: nothing may read them. */
  readonly beside?: readonly string[];
  readonly hardware?: LeasedTask["hardware"];
  /** The host's ffmpeg, where it is not the one under test. */
  readonly tools?: FfmpegTools;
  /** Which of its devices may be used; none as a rule. */
  readonly devices?: DeviceHealth;
  readonly sessions?: TaskSessions;
  /** Where its programs run, where it is not the usual box. */
  readonly box?: Box;
  readonly engine?: MediaEngine;
  readonly signal?: AbortSignal;
  readonly scratchBytes?: number;
  readonly onProcessGroup?: (pid: number) => void;
  /** Of the test's own context: needed where tests run side by side. */
  readonly onFinished?: (cleanUp: () => void) => void;
}

/** Runs a kind on a real file with the real ffmpeg, in a directory that goes away with the test. */
export async function runKind(
  wish: z.input<typeof JobSpec>,
  source: string,
  options: RunOptions = {},
): Promise<KindRun> {
  const root = makeFolder("kind");
  const onFinished = options.onFinished ?? onTestFinished;
  onFinished(() => removeFolder(root));
  const [inputDirectory, workDirectory, outputDirectory] = [join(root, "in"), join(root, "work"), join(root, "out")];
  await Promise.all([mkdir(inputDirectory), mkdir(workDirectory), mkdir(outputDirectory)]);
  const box = options.box ?? (await testBox([inputDirectory, workDirectory, outputDirectory]));
  const onDisk = async (role: string, path: string) => {
    const copy = join(inputDirectory, role);
    await copyFile(path, copy);
    await chmod(copy, 0o644);
    return [role, [copy]];
  };
  for (const path of options.beside ?? []) await onDisk(basename(path), path);
  const given = Object.entries({ source, ...options.inputs }).map(([role, path]) => onDisk(role, path));
  const spec = JobSpec.parse(wish);
  const reports: Reported[] = [];
  const samples: SampleVerdict[] = [];
  const claimed: number[] = [];
  const memory: number[] = [];
  const context: KindContext = {
    task: {
      taskId: "tsk_test",
      jobId: "job_test",
      epoch: 1,
      attempt: 1,
      expiresAt: 0,
      leaseMs: 30_000,
      leaseToken: "",
      timeoutSeconds: 600,
      needs: [],
      hardware: options.hardware ?? "never",
      spec,
      inputs: [],
    },
    inputs: Object.fromEntries(await Promise.all(given)),
    download: () => Promise.reject(new Error("all inputs are on disk")),
    remote: () => {
      throw new Error("all inputs are on disk");
    },
    packageReports: () => Promise.reject(new Error("the task finishes no stream")),
    findings: () => Promise.reject(new Error("the task finishes no stream")),
    renditionFiles: () => Promise.reject(new Error("the task joins no stream")),
    engine: options.engine ?? null,
    box,
    inputDirectory,
    workDirectory,
    outputDirectory,
    made: new MadeFiles(),
    claimSpace: async (bytes) => {
      claimed.push(bytes);
      return options.scratchBytes ?? 1024 ** 3;
    },
    takeMemory: (bytes) => memory.push(bytes),
    tools: options.tools ?? tools,
    devices: options.devices ?? noDevices,
    sessions: options.sessions ?? new DeviceSessions().open(),
    threads: 2,
    stallMs: 30_000,
    storageStallMs: 30_000,
    urlPolicy: { allowPrivate: false, ownHosts: [] },
    pacing: systemPacing,
    signal: options.signal ?? new AbortController().signal,
    report: (report) => reports.push(report),
    onSample: (verdict) => samples.push(verdict),
    onProcessGroup: options.onProcessGroup ?? (() => {}),
    log: pino({ level: "silent" }),
  };
  const { source: read, ...result } = await kindOf(spec.kind)(context);
  if (read === null) throw new Error("the kind did not look into its source");
  const pathOf = (name: string) => {
    const file = result.files.find((candidate) => candidate.name === name);
    if (!file) throw new Error(`no output ${name} among ${result.files.map((made) => made.name).join(", ")}`);
    return file.path;
  };
  return {
    ...result,
    source: read,
    reports,
    claimed,
    samples,
    memory,
    pathOf,
    probed: (name) => probeFile(scopeOf(context), pathOf(name)),
  };
}

/** The coded error that a run ends with. Fails the test where it succeeds or fails otherwise. */
export async function failureOf(run: Promise<unknown>): Promise<ReelwayError> {
  const outcome = await run.then(
    () => new Error("it succeeded"),
    (error: unknown) => error,
  );
  if (outcome instanceof ReelwayError) return outcome;
  throw outcome;
}

/** Decodes to raw pixels, one Buffer per frame. */
export async function framesOf(
  path: string,
  format: "rgb24" | "gray",
  size: { width: number; height: number },
): Promise<Buffer[]> {
  const { stdout } = await execa(
    ffmpegPath,
    ["-v", "error", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-pix_fmt", format, "-f", "rawvideo", "-"],
    { encoding: "buffer", stdin: "ignore" },
  );
  const bytes = size.width * size.height * (format === "gray" ? 1 : 3);
  const raw = Buffer.from(stdout);
  return Array.from({ length: Math.floor(raw.length / bytes) }, (_, index) =>
    raw.subarray(index * bytes, (index + 1) * bytes),
  );
}

export function pixel(frame: Buffer, width: number, x: number, y: number): [number, number, number] {
  const at = (y * width + x) * 3;
  return [frame[at] ?? 0, frame[at + 1] ?? 0, frame[at + 2] ?? 0];
}
