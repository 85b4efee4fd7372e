import type { ReusedRendition, ReusedStream } from "@reelway/shared/contracts/reused-stream";
import type { PlannedChunk, PlannedRendition, PlannedVideo, StreamPlan } from "@reelway/shared/contracts/stream-plan";

type Cut = Pick<StreamPlan, "video" | "chunks">;

/**
 * The renditions of a plan that come out just as those of another plan of the same source, but for those that are named in
 * `except`: where every number that decides about a chunk is equal, its segments are as good as if they were made anew. The
 * digest of the init segment shows that they fit. With the reason, where there is none.
 */
export function sameRenditions(
  plan: Cut,
  other: Cut,
  except: readonly string[],
): Pick<ReusedStream, "renditions" | "reason"> {
  const { video } = plan;
  const nothing = (reason: string) => ({ renditions: [], reason });
  if (video === null || other.video === null) return nothing("There is no picture.");
  if (plan.chunks.length === 0) return nothing("The picture is one task, and not cut into chunks.");
  if (other.chunks.length === 0) return nothing("The picture of that stream was one task, and not cut into chunks.");
  const difference = differenceOf(video, other.video);
  if (difference !== null) return nothing(`That stream has another ${difference}.`);
  if (!isSame(plan.chunks.map(cutOf), other.chunks.map(cutOf))) return nothing("That stream was cut elsewhere.");
  const offered = other.video.renditions.filter(({ name }) => !except.includes(name));
  const renditions = video.renditions.flatMap((rendition): ReusedRendition[] => {
    const same = offered.find((one) => isSame(withoutId(one), withoutId(rendition)));
    return same === undefined || same.initSha256 === null ? [] : [{ id: rendition.id, of: same.id }];
  });
  return renditions.length > 0 ? { renditions, reason: null } : nothing("None of its sizes comes out just as here.");
}

/** What people may know of a picture that decides about all of its renditions, by the words for it. */
const facts: readonly (readonly [words: string, fact: (video: PlannedVideo) => unknown])[] = [
  ["encoder", ({ encoder }) => encoder],
  ["ffmpeg build", ({ build }) => build],
  ["speed", ({ speed }) => speed],
  ["target quality", ({ target }) => target ?? null],
  ["clock", ({ track, timescale, frameRate, fps }) => [track, timescale, frameRate, fps]],
  ["colour", ({ color }) => color],
];

function differenceOf(video: PlannedVideo, other: PlannedVideo): string | null {
  return facts.find(([, fact]) => !isSame(fact(video), fact(other)))?.[0] ?? null;
}

/** What of a chunk decides about its segments. How it is read from the source does not. */
function cutOf({ ordinal, start, end, pictures, firstSegment, segments, keyFrames, grid }: PlannedChunk) {
  return [ordinal, start, end, pictures, firstSegment, segments, keyFrames, grid];
}

/** An id is a place in a ladder. */
function withoutId({ id: _, ...rest }: PlannedRendition) {
  return rest;
}

/** Both were parsed by one schema, which puts fields into its own order. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
