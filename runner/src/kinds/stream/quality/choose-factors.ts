import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { VideoStream } from "@reelway/shared/contracts/media-info";
import type { PartFactors } from "@reelway/shared/contracts/quality";
import type { PlannedRendition, PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import type { TargetQuality } from "@reelway/shared/contracts/target-quality";
import { sampleArguments, sampleFile, sampleFormat } from "../../../ffmpeg/arguments/sample.ts";
import { encodedFile } from "../../../ffmpeg/arguments/stream.ts";
import type { StreamEncode, StreamInput } from "../../../ffmpeg/arguments/stream-encode.ts";
import { streamFacts } from "../../../ffmpeg/arguments/stream-encoders.ts";
import { probeFile } from "../../../ffmpeg/probe.ts";
import { runFfmpeg } from "../../../ffmpeg/run.ts";
import type { KindContext } from "../../kind.ts";
import { scopeOf } from "../../scope.ts";
import { mainPicture } from "../../transcode/streams.ts";
import { encodePart } from "../encode-part.ts";
import { comparePictures } from "./compare.ts";
import { chosenFactor, type FactorScale, nextFactor, type Probe } from "./rate-search.ts";
import { sampleOf } from "./sample-of.ts";
import { meanOf } from "./spread.ts";

/** A part of the picture for which rate factors are looked for. */
export interface Searched {
  readonly video: PlannedVideo;
  readonly input: StreamInput;
  /** Seconds on the input's own clock; null where nothing says how long it is. */
  readonly length: number | null;
  /** The distance of its key frames, pictures, where it is always the same. */
  readonly grid: number | null;
  /** Where it lies in the title. */
  readonly seconds: readonly [number, number];
}

/** Bytes of a pixel of the source, at most as a rule: ten bits in the usual subsampling, or eight without. */
const pixelBytes = 3;

/** What a sample takes on disk, bytes. */
export function sampleBytes(
  { length, video, grid }: Searched,
  picture: Pick<VideoStream, "codedWidth" | "codedHeight">,
) {
  if (length === null) return 0;
  const { from, picturesEach } = sampleOf(length, video.fps, grid);
  return from.length * picturesEach * picture.codedWidth * picture.codedHeight * pixelBytes;
}

/** The video to encode it by, and how that came about. Init segments are the same with any factor. */
export interface Found {
  readonly video: PlannedVideo;
  readonly factors: PartFactors;
}

/**
 * Looks for the rate factors by which each rendition comes to the target quality: encodes a sample by the very arguments of
 * the whole, measures it as the report does, and goes by that. All renditions that still look are probed in one run.
 */
export async function chooseFactors(context: KindContext, part: Searched, target: TargetQuality): Promise<Found> {
  const sample = part.length === null ? null : sampleOf(part.length, part.video.fps, part.grid);
  const found = new Map<string, Probe[]>(part.video.renditions.map(({ id }) => [id, []]));
  const scale = scaleOf(part.video);
  if (sample !== null) {
    const { from, picturesEach } = sample;
    const taking = { ...sample, input: part.input, fps: part.video.fps, threads: context.threads };
    await runFfmpeg({ ...scopeOf(context), makes: [sampleFile] }, sampleArguments(taking));
    for (let round = 1; ; round++) {
      const next = part.video.renditions.flatMap((rendition) => {
        const rateFactor = nextFactor(found.get(rendition.id) ?? [], target, scale);
        return rateFactor === null ? [] : [{ ...rendition, rateFactor }];
      });
      if (next.length === 0) break;
      say(context, round);
      const grid = Math.min(part.grid ?? picturesEach, picturesEach);
      const scores = await probe(context, { video: { ...part.video, renditions: next }, grid, target });
      for (const [place, { id, rateFactor }] of next.entries())
        found.get(id)?.push({ rateFactor, score: scores[place] ?? 0 });
    }
    await rm(join(context.workDirectory, sampleFile), { force: true });
    const renditions = part.video.renditions.map((rendition) => withFactor(rendition, found, target, scale));
    context.log.info({ factors: renditions.map(({ chosen }) => chosen) }, "rate factors chosen");
    return foundOf(part, renditions, (from.length * picturesEach) / part.video.fps);
  }
  return foundOf(
    part,
    part.video.renditions.map((rendition) => withFactor(rendition, found, target, scale)),
    0,
  );
}

type WithFactor = ReturnType<typeof withFactor>;

function withFactor(
  rendition: PlannedRendition,
  found: ReadonlyMap<string, readonly Probe[]>,
  target: TargetQuality,
  scale: FactorScale,
) {
  const probes = found.get(rendition.id) ?? [];
  const best = chosenFactor(probes, target, scale);
  const rateFactor = best?.rateFactor ?? rendition.rateFactor;
  const predicted = best === null ? null : Number(best.predicted.toFixed(4));
  return {
    rendition: { ...rendition, rateFactor },
    chosen: { id: rendition.id, rateFactor, probes: probes.length, predicted },
  };
}

function foundOf({ video, seconds }: Searched, renditions: readonly WithFactor[], sampleSeconds: number): Found {
  return {
    video: { ...video, renditions: renditions.map(({ rendition }) => rendition) },
    factors: {
      seconds: [...seconds],
      sampleSeconds: Number(sampleSeconds.toFixed(3)),
      renditions: renditions.map(({ chosen }) => chosen),
    },
  };
}

/** Qualities that are worse or better than these are nobody's wish, whatever a metric says of a still picture. */
const sane = { worst: 15, best: 95 } as const;

function scaleOf({ encoder, renditions }: PlannedVideo): FactorScale {
  const [first] = renditions;
  if (first === undefined) throw new TypeError("a picture without renditions");
  const { factorStep: step, rateFactor } = streamFacts(encoder);
  return { start: first.rateFactor, best: rateFactor(sane.best), worst: rateFactor(sane.worst), step };
}

/** The mean score of each rendition of the sample. */
async function probe(
  context: KindContext,
  { video, grid, target }: { video: PlannedVideo; grid: number; target: TargetQuality },
): Promise<number[]> {
  const encode: StreamEncode = {
    video,
    input: {
      path: join(context.workDirectory, sampleFile),
      ...{ format: sampleFormat, stream: 0, origin: null, interlaced: false },
    },
    keyFrames: { grid },
    threads: context.threads,
  };
  const sample = async () => mainPicture(await probeFile(scopeOf(context), encode.input.path));
  await encodePart(context, encode, sample);
  const encoded = video.renditions.map((_, place) => join(context.workDirectory, encodedFile(place)));
  const vmafEvery = target.metric === "vmaf" ? 1 : null;
  const comparison = await comparePictures(context, { encode, encoded, vmafEvery });
  if ("unequal" in comparison) throw new TypeError("a sample was encoded to another number of pictures");
  return comparison.scores.map(({ ssim, vmaf }) => meanOf(vmaf === null ? ssim : vmaf.map(({ score }) => score)));
}

function say(context: KindContext, round: number): void {
  const message = `looking for the rate factor, probe ${round}`;
  context.report({ percent: 0, fps: null, speed: null, etaSeconds: null, message });
}
