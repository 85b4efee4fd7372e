import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { mediaInput } from "../../ffmpeg/arguments/guard.ts";
import { heldRate, type PictureSource } from "../../ffmpeg/arguments/small-pictures.ts";
import { type Likeness, leastLikeness, likenessWithin } from "../../ffmpeg/likeness.ts";
import type { RunScope } from "../../ffmpeg/run.ts";
import { evidenceOf } from "../../take-home/evidence.ts";
import { inSpan } from "../../telemetry/spans.ts";
import type { KindContext } from "../kind.ts";
import { scopeOf } from "../scope.ts";
import { type Decoded, smallPictures } from "./small-pictures.ts";
import { renditionsAt, spotsOf } from "./spots.ts";

/** A result, or a part of one, with what it is to show. */
export interface Sampled {
  /** What its encoder was to be given, from so many seconds of the result on. */
  readonly given: (fromSeconds: number) => PictureSource;
  /** One file, or a file of each rendition; less those that were given too few bits to tell. */
  readonly made: readonly MadePictures[];
  /** How long it lasts; null where nothing says. */
  readonly lengthSeconds: number | null;
}

export interface MadePictures {
  /** For people. */
  readonly name: string;
  readonly path: string;
  /** ffmpeg's name of its format. */
  readonly format: string;
}

/**
 * What came of a look: `alike`; `unlike`, which is sure; or that nothing can be said, since pictures are missing on one side,
 * or the source does not decode without complaint and each decoder makes up for that in its own way.
 */
type Look =
  | { readonly verdict: "alike"; readonly least: Likeness }
  | { readonly verdict: "unlike"; readonly error: ReelwayError }
  | { readonly verdict: "unknown"; readonly reason: string };

/** So much of a result is looked at in each place, and so much of the source around it, seconds: times are rounded. */
const madeSeconds = 0.5;
const slackSeconds = 0.5;
const madeMost = 6;
const givenMost = heldRate * (madeSeconds + 2 * slackSeconds) + 1;
/** Where a jump misses further behind, all before it is too much to be decoded again, seconds. */
const decodedMost = 1_800;

/** How a place is reached: by decoding all before it, as the encoder did; or by a jump, which is cheap and misses in some files. */
type Way = "decoded" | "sought";

/**
 * Holds some pictures of a result against the same of its source, both decoded in software. A program's good end says nothing
 * of what the pictures show: a broken device, driver or memory is seen in them alone. Throws output_wrong where they show
 * something else.
 */
export async function checkSample(context: KindContext, sampled: Sampled): Promise<void> {
  const { log, onSample } = context;
  if (sampled.made.length === 0) {
    log.info("so few bits were asked for that the result can't be held against its source");
    return onSample("unknown");
  }
  const looks = await inSpan("sample", {}, () => lookEverywhere(context, sampled));
  const wrong = looks.find((look) => look.verdict === "unlike");
  if (wrong !== undefined) {
    onSample("wrong");
    throw wrong.error;
  }
  const alike = looks.flatMap((look) => (look.verdict === "alike" ? [look.least] : []));
  log.debug({ places: alike.length, least: Math.min(...alike) }, "the result was held against its source");
  onSample(alike.length > 0 ? "right" : "unknown");
}

async function lookEverywhere(context: KindContext, sampled: Sampled): Promise<Look[]> {
  const looks: Look[] = [];
  const { taskId } = context.task;
  for (const at of spotsOf(sampled.lengthSeconds, taskId)) {
    const look = await lookSurely(context, { ...sampled, made: renditionsAt(sampled.made, at, taskId) }, at);
    if (look.verdict === "unknown")
      context.log.info({ at, reason: look.reason }, "the result can't be held against its source here");
    looks.push(look);
    if (look.verdict === "unlike") break;
  }
  return looks;
}

/** A jump that finds the wrong pictures proves nothing: then all before them is decoded, too. */
async function lookSurely(context: KindContext, sampled: Sampled, at: number): Promise<Look> {
  if (at === 0) return lookAt(context, sampled, at, "decoded");
  const look = await lookAt(context, sampled, at, "sought");
  if (look.verdict !== "unlike") return look;
  return at > decodedMost
    ? { verdict: "unknown", reason: "it is too far behind the beginning to be decoded up to there" }
    : lookAt(context, sampled, at, "decoded");
}

async function lookAt(context: KindContext, sampled: Sampled, at: number, way: Way): Promise<Look> {
  try {
    return await compareAt(scopeOf(context), context.threads, sampled, at, way);
  } catch (error) {
    // Whether the result is whole is for others to say.
    if (context.signal.aborted || !(error instanceof ReelwayError)) throw error;
    return { verdict: "unknown", reason: error.detail ?? error.code };
  }
}

async function compareAt(
  scope: RunScope,
  threads: number,
  { given, made }: Sampled,
  at: number,
  way: Way,
): Promise<Look> {
  const begin = Math.max(0, at - slackSeconds);
  const end = at + madeSeconds + slackSeconds;
  const wanted = await smallPictures(scope, {
    ...(way === "sought"
      ? { source: given(begin), span: { from: 0, to: end - begin } }
      : { source: given(0), span: { from: begin, to: end } }),
    ...{ held: true, most: givenMost, file: "given.raw", threads },
  });
  if (wanted.pictures.length === 0) return { verdict: "unknown", reason: "the source shows no picture" };
  let least: Likeness = 1;
  for (const one of made) {
    const shown = await smallPictures(scope, {
      ...madeAt(one, at, way, threads),
      ...{ most: madeMost, file: "made.raw", threads },
    });
    if (shown.pictures.length === 0) return { verdict: "unknown", reason: `${one.name} shows no picture` };
    const likeness = likenessOf(shown, wanted);
    least = Math.min(least, likeness);
    if (likeness >= leastLikeness) continue;
    const complaint = wanted.end.logTail.slice(-200);
    if (complaint !== "")
      return { verdict: "unknown", reason: `the source does not decode without complaint: ${complaint}` };
    return { verdict: "unlike", error: wrongPictures(one, at, likeness, shown) };
  }
  return { verdict: "alike", least };
}

function madeAt({ path, format }: MadePictures, at: number, way: Way, threads: number) {
  const isSought = way === "sought";
  const before = isSought ? ["-ss", at.toFixed(3)] : [];
  const from = isSought ? 0 : at;
  return {
    source: { inputs: mediaInput({ path, format, threads, before }), graph: "[0:v:0]null[v]" },
    span: { from, to: from + madeSeconds },
  };
}

/** Of the picture in the middle: one that is lost among good ones is no sign of a broken host. */
function likenessOf({ pictures }: Decoded, wanted: Decoded): Likeness {
  const sorted = pictures.map((picture) => likenessWithin(picture, wanted.pictures)).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 1;
}

function wrongPictures({ name }: MadePictures, at: number, likeness: Likeness, { end }: Decoded): ReelwayError {
  const words = `${name} does not show its source at ${at.toFixed(1)} s: likeness ${likeness.toFixed(2)}, at least ${leastLikeness}`;
  return new ReelwayError("output_wrong", words, evidenceOf(end));
}
