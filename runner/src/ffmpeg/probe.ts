import { open, stat } from "node:fs/promises";
import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { probeByEngine } from "../engine/probe.ts";
import { evidenceOf } from "../take-home/evidence.ts";
import { inSpan } from "../telemetry/spans.ts";
import { mediaInput } from "./arguments/guard.ts";
import { ALLOCATION_REFUSED } from "./failure.ts";
import { toMediaInfo } from "./media-info.ts";
import { ProbeDocument } from "./probe-document.ts";
import { type RunScope, runFfprobe } from "./run.ts";

/** Reads what a file holds. Throws the coded reason where ffprobe can't. */
export async function probeFile(scope: RunScope, path: string): Promise<MediaInfo> {
  const { size } = await stat(path);
  if (size === 0) throw new ReelwayError("input_unreadable", "the file is empty");
  const printed = await runFfprobe(scope, [
    ...["-v", "error", "-of", "json", "-show_format", "-show_streams", "-show_chapters"],
    ...mediaInput({ path, threads: 1 }),
  ]);
  return toMediaInfo(documentIn(printed), size);
}

/** What ffprobe itself can't spell was never a media file's. */
function documentIn(printed: string): ProbeDocument {
  try {
    return ProbeDocument.parse(JSON.parse(printed));
  } catch (error) {
    throw new ReelwayError("input_unreadable", "ffprobe's description of the file is not as it should be", {
      cause: error,
    });
  }
}

/** Probes a user's source and refuses what is beyond the limits, before anything is decoded. */
export function probeSource(scope: RunScope, path: string): Promise<MediaInfo> {
  return inSpan("probe", {}, () => probeWithinLimits(scope, path));
}

async function probeWithinLimits(scope: RunScope, path: string): Promise<MediaInfo> {
  const info = (await byEngine(scope, path)) ?? (await byFfprobe(scope, path));
  refuseBeyondLimits(info);
  return info;
}

/** Refuses what no source may be, before anything of it is decoded. Throws input_missing_stream, input_limit_exceeded. */
export function refuseBeyondLimits(info: MediaInfo): void {
  if (info.video.length + info.audio.length === 0)
    throw new ReelwayError("input_missing_stream", "the file holds neither picture nor sound");
  const streams = info.video.length + info.audio.length + info.subtitles.length + info.otherStreams;
  refuseAbove("streams", streams, limits.inputStreams);
  refuseAbove("seconds", info.durationSeconds ?? 0, limits.inputDurationSeconds);
  for (const { codedWidth, codedHeight, width, height } of info.video)
    refuseAbove("pixels", Math.max(codedWidth * codedHeight, width * height), limits.inputPixels);
}

/** What the engine knows all about needs no decoder yet. */
async function byEngine({ engine, ...scope }: RunScope, path: string): Promise<MediaInfo | null> {
  return engine?.verbs.has("probe") ? probeByEngine({ engine, ...scope }, path) : null;
}

async function byFfprobe(scope: RunScope, path: string): Promise<MediaInfo> {
  return probeFile(scope, path).catch(async (error: unknown) => {
    throw await blameRightly(error, path);
  });
}

/**
 * A missing index means a cut file only where there is an MP4 at all: by its name, ffmpeg takes any text for one. And
 * what a probe can't allocate is what the file asks for, since a host without memory kills.
 */
async function blameRightly(error: unknown, path: string): Promise<unknown> {
  if (!(error instanceof ReelwayError)) return error;
  const evidence = evidenceOf(error);
  if (error.code === "out_of_memory" && ALLOCATION_REFUSED.test(error.detail ?? ""))
    return new ReelwayError("input_limit_exceeded", "the file asks for more memory than any media needs", {
      ...evidence,
      cause: error,
    });
  if (error.code !== "input_truncated" || (await startsWithBox(path))) return error;
  return new ReelwayError("input_unreadable", "Invalid data found when processing input", {
    ...evidence,
    cause: error,
  });
}

/** Whether the file starts with a box of ISO/IEC 14496-12 or QuickTime. */
async function startsWithBox(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return /^(ftyp|moov|mdat|free|skip|wide|pnot|moof|styp|uuid)$/.test(buffer.toString("latin1", 4, 8));
  } finally {
    await file.close();
  }
}

function refuseAbove(what: string, value: number, limit: number): void {
  if (value > limit)
    throw new ReelwayError("input_limit_exceeded", `${Math.round(value)} ${what}, the limit is ${limit}`);
}
