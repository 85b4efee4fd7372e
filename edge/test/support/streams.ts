import { env } from "cloudflare:workers";
import type { LeasedTask } from "@reelway/shared/contracts/lease";
import type { Manifest, OutputFile, OutputRole } from "@reelway/shared/contracts/manifest";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import { type PlannedChunk, planFiles, type StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { partOf } from "@reelway/shared/contracts/stream-step";
import { sdrColor } from "@reelway/shared/testing/sdr-color";
import { callLease, type Holder, leaseOver } from "./fleet.ts";
import { leased, sha256, write } from "./leases.ts";

/** What a runner of streams can do. */
export const able = {
  capabilities: ["kind:stream", "engine", "encode:h264", "encode:aac", "encoder:libx264"],
  slots: 50,
};
export const spec = StreamSpec.parse({ kind: "stream" });
const ticks = 96_000;

/** A film in chunks of one segment of four seconds, in two sizes, with or without sound. */
export function planOf(chunks: number, { sound = true } = {}): StreamPlan {
  const rendition = (id: string, name: string, height: number) => ({
    ...{ id, name, width: height * 2, height, rateFactor: 22, maxKbps: 1_000, profile: "high", level: "3.0" },
    ...{ codecs: "avc1.64001e", initBytes: 700, initSha256: sha256 },
  });
  return {
    version: 1,
    source: {
      ...{ container: "mp4", bytes: 10, durationSeconds: chunks * 4, startSeconds: 0, bitrateKbps: 2 },
      ...{ video: [], audio: [], subtitles: [], otherStreams: 0, chapters: 0, tags: {} },
    },
    durationSeconds: chunks * 4,
    segmentSeconds: 4,
    targetDurationSeconds: 4,
    video: {
      ...{
        track: 1,
        encoder: "libx264",
        build: null,
        speed: "balanced",
        timescale: 24_000,
        frameRate: [24, 1],
        fps: 24,
      },
      color: sdrColor,
      renditions: [rendition("video-1", "720p", 720), rendition("video-2", "360p", 360)],
    },
    chunks: Array.from({ length: chunks }, (_, ordinal) => ({
      ...{ ordinal, fromKeyFrame: ordinal, toKeyFrame: ordinal + 1, pictures: 96, firstSegment: ordinal + 1 },
      ...{ start: ordinal * ticks, end: (ordinal + 1) * ticks, keyFrames: [0, 48], grid: 48 },
      segments: [{ firstPicture: 0, start: ordinal * ticks }],
      sourceRange: [ordinal * 10, ordinal * 10 + 9],
      slice: { offset: ordinal * 10, length: 10 },
    })),
    whole: null,
    audio: sound
      ? [{ id: "audio-1", track: 0, language: "en", codec: "aac", channels: 2, bitrateKbps: 128, loudness: false }]
      : [],
    thumbnails: true,
  };
}

/** A stream whose first task is leased. */
export async function streamLeased(more = {}) {
  const entry = await leased("weur", { spec, ...more }, able);
  if (entry.task.step?.kind !== "plan") throw new Error("a stream begins with its plan");
  return entry;
}

/** Writes a file as its runner would, with what it is for. */
export async function writeAs(
  task: LeasedTask,
  runner: Holder,
  name: string,
  role: OutputRole,
  content = name,
): Promise<OutputFile> {
  const contentType = name.endsWith(".json") ? "application/json" : "video/mp4";
  return { ...(await write(task, runner, name, content)), role, contentType };
}

export const completeWith = (runner: Holder, { leaseToken }: LeasedTask, manifest: Manifest) =>
  callLease(runner, "complete", leaseToken, { manifest });

export async function completePlan(runner: Holder, task: LeasedTask, plan: StreamPlan) {
  const outputs = [
    await writeAs(task, runner, planFiles.plan, "plan", JSON.stringify(plan)),
    await writeAs(task, runner, planFiles.index, "index", "0123456789".repeat(plan.chunks.length)),
    ...(await Promise.all(["video-1", "video-2"].map((id) => writeAs(task, runner, `${id}/init.mp4`, "init")))),
  ];
  return completeWith(runner, task, { outputs, source: plan.source });
}

/** What the media engine reports of a chunk that was made as planned. */
export function reportOf({ firstSegment, start, end, pictures }: PlannedChunk, bytes: number): PackageReport {
  const key = { time: start, offset: 2, bytes: Math.max(1, bytes - 4) };
  const segment = { number: firstSegment, start, duration: end - start, bytes, samples: pictures };
  const rendition = (id: string, shown: readonly [number, number]) => ({
    ...{ id, codecs: "avc1.64001e", timescale: 24_000, language: "und", initBytes: 700, initSha256: sha256 },
    ...{ family: "h264", kind: { video: { coded: shown, shown, pixelAspect: [1, 1], colour: null } } },
    ...{ configSha256: sha256, distances: [1_000, 1_000] },
    segments: [{ ...segment, sampleTicks: end - start, closed: true, keyFrames: [key] }],
  });
  return { version: 2, renditions: [rendition("video-1", [1_440, 720]), rendition("video-2", [720, 360])] };
}

export async function completeChunk(
  runner: Holder,
  task: LeasedTask,
  change: (report: PackageReport) => unknown = () => {},
  more: Pick<Manifest, "factors"> = {},
) {
  const { step } = task;
  if (step?.kind !== "encode" || step.chunk === null) throw new Error("no chunk was leased");
  const names = ["video-1", "video-2"].map(
    (id) => `${id}/seg-${String(step.chunk?.firstSegment).padStart(5, "0")}.m4s`,
  );
  const outputs = await Promise.all(names.map((name) => writeAs(task, runner, name, "segment")));
  const report = reportOf(step.chunk, outputs[0]?.bytes ?? 0);
  change(report);
  return completeWith(runner, task, { outputs, report, ...more });
}

export async function completeAudio(runner: Holder, task: LeasedTask, segments: number) {
  const numbers = Array.from({ length: segments }, (_, index) => index + 1);
  const outputs = await Promise.all(
    numbers.map((number) => writeAs(task, runner, `audio-1/seg-${String(number).padStart(5, "0")}.m4s`, "segment")),
  );
  const init = await writeAs(task, runner, "audio-1/init.mp4", "init");
  const rendition = {
    ...{ id: "audio-1", codecs: "mp4a.40.2", timescale: 48_000, language: "eng", initBytes: 700, initSha256: sha256 },
    ...{ family: "aac", kind: { audio: { channels: 2, sampleRate: 48_000 } }, configSha256: sha256 },
    distances: [1_024, 1_024],
    segments: outputs.map(({ bytes }, index) => ({
      number: index + 1,
      start: index * 192_000,
      duration: 192_000,
      bytes,
      samples: 188,
      sampleTicks: 192_000,
      closed: true,
      keyFrames: [],
    })),
  };
  return completeWith(runner, task, { outputs: [...outputs, init], report: { version: 2, renditions: [rendition] } });
}

/** Leases what there is for streams, by part. */
export async function leaseParts(runner: Holder, max = 16): Promise<Map<string, LeasedTask>> {
  const tasks = await leaseOver(runner, able, max);
  return new Map(tasks.map((task) => [task.step === undefined ? "" : partOf(task.step), task]));
}

export function partRows(jobId: string) {
  return env.DB.prepare(
    "SELECT part, run, prefix, planSha256, firstSegment, endSegment FROM job_parts WHERE jobId = ? ORDER BY part",
  )
    .bind(jobId)
    .all<{
      part: string;
      run: number;
      prefix: string;
      planSha256: string;
      firstSegment: number | null;
      endSegment: number | null;
    }>();
}
