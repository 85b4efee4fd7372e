import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MediaInfo, VideoStream } from "@reelway/shared/contracts/media-info";
import { planFiles, StreamPlan } from "@reelway/shared/contracts/stream-plan";
import type { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { forcedFormat, mediaInput } from "../../ffmpeg/arguments/guard.ts";
import { runFfmpeg } from "../../ffmpeg/run.ts";
import type { KindContext, KindResult, ProducedFile } from "../kind.ts";
import { scopeOf, sourceOf } from "../scope.ts";
import { usableDevices } from "../usable-devices.ts";
import { chunkBytes } from "./expected-size.ts";
import { type IndexedSource, indexSource, type Whole } from "./indexed-source.ts";
import { planAudio } from "./plan-audio.ts";
import { type Chunks, planChunks } from "./plan-chunks.ts";
import { planVideo, wholeClock } from "./plan-video.ts";
import { targetDuration } from "./target-duration.ts";
import { tryOpening } from "./try-opening.ts";

/**
 * Decides how a stream is made, from the source's headers and its first pictures. The same source, spec and ffmpeg give the
 * same document, byte for byte: what was made by an earlier one then still fits.
 */
export async function planStream(context: KindContext, spec: StreamSpec): Promise<KindResult> {
  say(context, 0, "reading the index");
  const source = await indexSource(context);
  const { info } = source;
  const picture = info.video.find((stream) => !stream.attachedPicture);
  if (picture === undefined && info.audio.length === 0)
    throw new ReelwayError("input_missing_stream", "the file holds neither picture nor sound");
  const planned = picture === undefined ? soundAlone(spec) : await planPicture(context, spec, source, picture);
  const { files, clockSeconds, ...rest } = planned;
  const plan = StreamPlan.safeParse({
    version: 1,
    source: info,
    durationSeconds: clockSeconds ?? (await durationOf(context, info)),
    segmentSeconds: spec.segmentSeconds,
    ...rest,
    audio: planAudio(spec, info),
    thumbnails: spec.thumbnails && picture !== undefined,
  });
  if (!plan.success) throw new ReelwayError("runner_error", `the plan is none: ${plan.error.issues[0]?.message}`);
  const path = join(context.outputDirectory, planFiles.plan);
  await writeFile(path, `${JSON.stringify(plan.data)}\n`);
  say(context, 100, "planned");
  const document: ProducedFile = { path, name: planFiles.plan, role: "plan", contentType: "application/json" };
  return { files: [document, ...files], source: info, encoder: null };
}

interface PlannedPicture extends Pick<StreamPlan, "targetDurationSeconds" | "video" | "chunks" | "whole"> {
  /** Where the picture's end is known to the tick; null: as the source says. */
  readonly clockSeconds: number | null;
  readonly files: readonly ProducedFile[];
}

function soundAlone(spec: StreamSpec): PlannedPicture {
  return { ...longest(spec), video: null, chunks: [], whole: null, clockSeconds: null, files: [] };
}

async function planPicture(
  context: KindContext,
  spec: StreamSpec,
  { index, info }: IndexedSource,
  picture: VideoStream,
): Promise<PlannedPicture> {
  const { tools } = context;
  const { hardware } = context.task;
  const usable = usableDevices(context, spec.video.codec);
  const inOne = (whole: Whole): PlannedPicture => {
    const planned = planVideo(spec, picture, wholeClock(picture), hardware, tools, usable);
    // Nothing has to fit what it makes: any build will do.
    const video = { ...planned, build: null };
    return { ...longest(spec), video, chunks: [], whole, clockSeconds: null, files: [] };
  };
  if ("whole" in index) return inOne({ ...index.whole, reason: index.whole.reason.slice(0, limits.reasonLength) });
  // Fields are joined with those of the pictures beside them, which a chunk's border would part.
  if (picture.interlaced === true) return inOne({ code: "interlaced", reason: "Its pictures are interlaced." });
  say(context, 20, "finding where to cut");
  const made = await planChunks(context, index.path, spec);
  if ("whole" in made) return inOne(made.whole);
  const { chunks, slices } = made;
  const draft = planVideo(spec, picture, chunks, hardware, tools, usable);
  const [first] = chunks.chunks;
  if (first === undefined) throw new ReelwayError("runner_error", "the plan has no first chunk");
  await context.claimSpace(chunkBytes(draft, first) + (await stat(index.path)).size);
  say(context, 40, "encoding the first pictures");
  const opening = await tryOpening(context, index.path, draft, picture, first);
  if (opening === null)
    return inOne({
      code: "key_frames_not_placed",
      reason: `${draft.encoder} of this ffmpeg makes no key frames where pictures come at a varying rate.`,
    });
  const part: ProducedFile = {
    ...{ path: slices, name: planFiles.index, role: "index" },
    contentType: "application/octet-stream",
  };
  return {
    targetDurationSeconds: targetDuration({ ...chunks, segmentSeconds: spec.segmentSeconds }, info.audio.length > 0),
    video: opening.video,
    chunks: chunks.chunks,
    whole: null,
    clockSeconds: seconds(chunks),
    files: [part, ...opening.inits],
  };
}

function seconds({ end, timescale }: Chunks): number {
  return end / timescale;
}

function longest({ segmentSeconds }: StreamSpec): Pick<StreamPlan, "targetDurationSeconds"> {
  return { targetDurationSeconds: Math.ceil(segmentSeconds) };
}

/** As the header says; where it does not, the file is on disk, and its last packet tells. */
async function durationOf(context: KindContext, info: MediaInfo): Promise<number> {
  if (info.durationSeconds !== null) return info.durationSeconds;
  const end = await runFfmpeg(scopeOf(context), [
    ...["-v", "error"],
    ...mediaInput({ path: sourceOf(context), format: forcedFormat(info.container), threads: 1 }),
    ...["-map", "0:v?", "-map", "0:a?", "-c", "copy", "-f", "null", "-"],
  ]);
  if (!end.outSeconds) throw new ReelwayError("input_unreadable", "nothing says how long the file lasts");
  return end.outSeconds;
}

function say(context: KindContext, percent: number, message: string): void {
  context.report({ percent, fps: null, speed: null, etaSeconds: null, message });
}
