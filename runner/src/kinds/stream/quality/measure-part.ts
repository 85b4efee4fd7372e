import type { PartQuality } from "@reelway/shared/contracts/quality";
import type { PlannedChunk } from "@reelway/shared/contracts/stream-plan";
import type { StreamStep } from "@reelway/shared/contracts/stream-step";
import type { StreamEncode } from "../../../ffmpeg/arguments/stream-encode.ts";
import type { KindContext, KindResult } from "../../kind.ts";
import { cutChunk, inputOfCut, keyFramesOf, rangeOf } from "../encode-chunk.ts";
import { wholeInput } from "../whole-input.ts";
import { type Comparison, comparePictures } from "./compare.ts";
import { encodedRenditions } from "./encoded-renditions.ts";
import { spreadsOf, type TimeOf } from "./spread.ts";

type Step = Extract<StreamStep, { kind: "quality" }>;

/** How near a chunk, or the whole picture, comes to its source: after its encode, from what was committed. */
export async function measurePart(given: KindContext, step: Step): Promise<KindResult> {
  const { chunk, video } = step;
  const context = chunk === null ? given : { ...given, inputRange: rangeOf(video, chunk) };
  const part = chunk === null ? await wholePart(context, step) : await chunkPart(context, step, chunk);
  const every = part.pictures === null ? 1 : Math.max(1, Math.ceil(part.pictures / vmafPictures));
  const comparison = await compare(context, step, part, every);
  return { files: [], source: null, encoder: null, quality: qualityOf(comparison, step, part, every) };
}

/** VMAF costs more than all the rest: a whole film is looked at in so many places, and each chunk in all of its pictures. */
const vmafPictures = 10_000;

/** What is to be measured. */
interface Part {
  readonly encode: StreamEncode;
  /** About how many there are; exactly, where it is cut. Null where nothing says. */
  readonly pictures: number | null;
  /** Whether they have to be just as many. */
  readonly isCounted: boolean;
  readonly seconds: readonly [number, number];
  readonly timeOf: TimeOf;
}

/** A line of each log for each picture, bytes. */
const logBytes = 400;

async function chunkPart(context: KindContext, { video }: Step, chunk: PlannedChunk): Promise<Part> {
  const { timescale } = video;
  const [from, to] = chunk.sourceRange;
  const logs = chunk.pictures * video.renditions.length * logBytes;
  await context.claimSpace(to - from + chunk.slice.length + logs + encodedBytes(context));
  const path = await cutChunk(context, video, chunk);
  return {
    encode: {
      video,
      input: inputOfCut(path),
      ...{ keyFrames: keyFramesOf(chunk), threads: context.threads },
    },
    ...{ pictures: chunk.pictures, isCounted: true, seconds: [chunk.start / timescale, chunk.end / timescale] },
    timeOf: (picture) => timeInChunk(chunk, picture) / timescale,
  };
}

async function wholePart(context: KindContext, { video }: Step): Promise<Part> {
  const { input, seconds } = await wholeInput(context);
  const pictures = seconds === null ? null : Math.ceil(seconds * video.fps);
  await context.claimSpace(encodedBytes(context) + (pictures ?? 0) * video.renditions.length * logBytes);
  return {
    encode: { video, input, keyFrames: { grid: 1 }, threads: context.threads },
    ...{ pictures, isCounted: false, seconds: [0, seconds ?? 0] },
    timeOf: (picture) => picture / video.fps,
  };
}

/** Of what the task came with: it is joined, and so there twice. */
function encodedBytes({ task }: KindContext): number {
  return task.inputs.reduce(
    (sum, input) => sum + (input.kind === "presigned" && input.role === "encoded" ? input.bytes : 0),
    0,
  );
}

/** Segments begin at known pictures; within one they are about equally long. */
function timeInChunk({ segments, pictures, end }: PlannedChunk, picture: number): number {
  const place = Math.max(
    0,
    segments.findLastIndex(({ firstPicture }) => firstPicture <= picture),
  );
  const from = segments[place] ?? { firstPicture: 0, start: 0 };
  const to = segments[place + 1] ?? { firstPicture: pictures, start: end };
  return from.start + ((picture - from.firstPicture) / (to.firstPicture - from.firstPicture)) * (to.start - from.start);
}

/** Where pictures of the source don't decode, it is filled up as its encode was, and compared once more. */
async function compare(context: KindContext, { video }: Step, part: Part, every: number): Promise<Comparison> {
  const measuring = {
    encode: part.encode,
    encoded: await encodedRenditions(context, video),
    vmafEvery: context.tools.provenVmaf ? every : null,
  };
  const comparison = await run(context, measuring, part);
  const { pictures, isCounted } = part;
  const mayBeFilled = isCounted && pictures !== null && video.frameRate !== null;
  if (!("unequal" in comparison) || !mayBeFilled) return comparison;
  return run(context, { ...measuring, encode: { ...part.encode, fillTo: pictures } }, part);
}

function run(context: KindContext, measuring: Parameters<typeof comparePictures>[1], { pictures }: Part) {
  return comparePictures(context, measuring, ({ frames, fps, speed }) => {
    const percent = pictures === null ? 0 : Math.min(100, ((frames ?? 0) / Math.max(1, pictures)) * 100);
    context.report({ percent, fps, speed, etaSeconds: null, message: "measuring" });
  });
}

/** A film is not lost because its pictures can't be counted off against its source's: the report says so. */
function qualityOf(comparison: Comparison, { video }: Step, part: Part, vmafEvery: number): PartQuality {
  const { seconds, timeOf, pictures, isCounted } = part;
  const report: Pick<PartQuality, "seconds" | "vmafEvery"> = { seconds: [...seconds], vmafEvery };
  const fault = faultOf(comparison, isCounted ? pictures : null);
  if (fault !== null || "unequal" in comparison) return { ...report, unmeasured: fault, renditions: [] };
  const renditions = comparison.scores.flatMap((scores, place) => {
    const id = video.renditions[place]?.id;
    return id === undefined ? [] : [{ id, ...spreadsOf(scores, timeOf) }];
  });
  return { ...report, unmeasured: null, renditions };
}

function faultOf(comparison: Comparison, pictures: number | null): string | null {
  if ("unequal" in comparison) {
    const { fewer, more } = comparison.unequal;
    return `its pictures can't be counted off against the source's: ${fewer} and ${more}`;
  }
  const counted = comparison.scores[0]?.ssim.length ?? 0;
  return pictures === null || counted === pictures ? null : `it has ${counted} pictures, and not ${pictures}`;
}
