import { mkdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { createClient } from "@reelway/shared/client/client";
import type { Job } from "@reelway/shared/contracts/job";
import { limits } from "@reelway/shared/limits";
import { findPreset } from "@reelway/shared/presets/catalogue";
import { reelway } from "./demo/command.ts";
import { makeDemoDirectory } from "./demo/leftovers.ts";
import { describeMedia, makeSample, type Probe, probe, verify } from "./demo/media.ts";
import { type DemoRequest, readDemoRequest } from "./demo/request.ts";
import { enginePath, near } from "./paths.ts";
import { tailOf } from "./process/log-file.ts";
import { stopSignal } from "./process/stop-signal.ts";
import { engineRuns } from "./runners.ts";
import { readSettings } from "./settings.ts";
import { describeFailure, StackFailure } from "./stack-failure.ts";
import { bringUp, logsOf, type Running } from "./up.ts";

const LOG_LINES = 20;
/** What a shell reports of a program that Ctrl-C has ended. */
const INTERRUPTED = 130;

/**
 * `make demo`: a stack of its own on a free port and a temporary data directory, one real conversion through the command
 * line, the result checked with ffprobe. Whatever happens, nothing is left running and the directory is gone.
 */
async function main(): Promise<number> {
  const request = readDemoRequest(process.env);
  requireEngineFor(request);
  const dataDir = makeDemoDirectory(Date.now());
  const interruption = new AbortController();
  void stopSignal(() => undefined).then(() => interruption.abort(new StackFailure("Interrupted.")));
  let running: Running | undefined;
  try {
    running = await phase("Started the control plane and a runner", () => start(dataDir, request));
    await demonstrate(running, request, dataDir, interruption.signal);
    return 0;
  } catch (error) {
    if (interruption.signal.aborted) return INTERRUPTED;
    console.error(`\n${describeFailure(error)}`);
    for (const log of ["control-plane.log", "runner-1.log"]) {
      const tail = tailOf(join(logsOf(dataDir), log), LOG_LINES);
      if (tail) console.error(`\nThe end of ${log}:\n${tail}`);
    }
    return 1;
  } finally {
    await running?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Nobody could take a stream, and the demonstration would wait for ever. Throws StackFailure. */
function requireEngineFor({ preset }: DemoRequest): void {
  const places = [process.env.ENGINE_PATH ?? "reelway-media", enginePath];
  if (findPreset(preset)?.spec.kind === "stream" && !places.some(engineRuns))
    throw new StackFailure(
      `${preset} is made with the media engine. Build it with: make native (needs Rust, https://rustup.rs)`,
    );
}

function start(dataDir: string, { video }: DemoRequest): Promise<Running> {
  const bytes = video === undefined ? 0 : statSync(video).size;
  const environment = {
    ...process.env,
    REELWAY_DATA_DIR: dataDir,
    REELWAY_HOST: "127.0.0.1",
    REELWAY_PORT: "0",
    REELWAY_PUBLIC_URL: "",
    REELWAY_RUNNERS: "1",
    REELWAY_RUNNER_REGIONS: "",
    // Nobody waits for what is cut off here.
    DRAIN_GRACE: "0",
    MAX_UPLOAD_SIZE: String(Math.max(limits.uploadBytes, bytes)),
  };
  return bringUp(readSettings(environment), environment, (line) => console.error(line));
}

async function demonstrate(
  running: Running,
  request: DemoRequest,
  dataDir: string,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const connection = { url: running.controlPlane.url, key: running.adminKey };
  const source = request.video ?? join(dataDir, "sample.mp4");
  if (request.video === undefined) await phase("Made a sample video", () => makeSample(source));
  const sourceProbe = await probe(source);
  console.log(`  ${near(source)}: ${describeMedia(sourceProbe)}`);

  mkdirSync(dirname(request.out), { recursive: true });
  signal.throwIfAborted();
  const args = ["convert", source, "--preset", request.preset, "--out", request.out, "--force"];
  console.log(
    `\n$ bin/reelway ${args.map((arg) => (arg === source ? near(source) : arg === request.out ? near(arg) : arg)).join(" ")}`,
  );
  const startedAt = performance.now();
  const code = await reelway(args, connection, signal);
  const wholeMs = performance.now() - startedAt;
  if (code !== 0) throw new StackFailure(`The conversion failed (exit code ${code}).`);

  const { items } = await createClient(connection).jobs.list({ limit: 1 });
  const job = items[0];
  if (!job) throw new StackFailure("The control plane knows of no job.");
  const made = job.kind === "stream" ? join(request.out, "main.m3u8") : request.out;
  const result = await phase("Checked the result with ffprobe", async () => {
    const found = await probe(made);
    verify(sourceProbe, found, promisedBy(job, sourceProbe));
    return found;
  });
  console.log(`  ${near(made)}: ${describeMedia(result)}\n`);
  console.log(timetable(job, wholeMs));
}

/** What the result must hold. A stream has the tracks that its source has; other jobs say it of their main file. */
function promisedBy(job: Job, { streams }: Probe): { videoCodec: string | null; audioCodec: string | null } {
  if (job.kind === "stream") {
    const codecOf = (kind: string) => streams.find(({ codec_type }) => codec_type === kind)?.codec_name ?? null;
    return { videoCodec: codecOf("video"), audioCodec: codecOf("audio") };
  }
  const media = job.outputs.find(({ role }) => role === "video" || role === "audio")?.media;
  return media ?? { videoCodec: null, audioCodec: null };
}

function timetable(job: Job, wholeMs: number): string {
  const { createdAt, startedAt, finishedAt, execution } = job;
  const rows: [string, number][] = [];
  if (startedAt !== null) rows.push(["waited for the runner", startedAt - createdAt]);
  // Of a stream it is the last of many tasks alone.
  if (execution && job.kind !== "stream")
    rows.push(
      ["runner fetched the source", execution.downloadMs],
      ["runner converted it", execution.processMs],
      ["runner stored the results", execution.uploadMs],
    );
  if (finishedAt !== null) rows.push(["job, accepted to done", finishedAt - createdAt]);
  rows.push(["all, with upload and download", wholeMs]);
  return rows.map(([name, ms]) => `  ${name.padEnd(31)}${seconds(ms)}`).join("\n");
}

async function phase<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const startedAt = performance.now();
  const result = await work();
  console.log(`✓ ${name.padEnd(41)}${seconds(performance.now() - startedAt)}`);
  return result;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2).padStart(7)} s`;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(describeFailure(error));
  process.exit(1);
}
