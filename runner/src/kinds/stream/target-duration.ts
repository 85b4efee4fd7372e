import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { shortestRest } from "./sound-borders.ts";

/** The longest that any sound's frame lasts here: one of AAC at 32 kHz. */
const soundFrameSeconds = 1_024 / 32_000;

type Cut = Pick<StreamPlan, "chunks" | "segmentSeconds"> & { readonly timescale: number };

/**
 * Whole seconds that no segment of the title exceeds, pictures at all and others once rounded (RFC 8216 §4.3.3.1): what
 * players are told while it grows, and may not see change. Pictures are planned to the tick. Text and sound begin with the title, whenever the
 * first picture is shown; sound is cut between two of its own frames, and takes a short rest along at its end.
 */
export function targetDuration({ chunks, segmentSeconds, timescale }: Cut, hasSound: boolean): number {
  const starts = chunks.flatMap(({ segments }) => segments.map(({ start }) => start));
  const borders = [0, ...starts.slice(1), chunks.at(-1)?.end ?? 0];
  const longest =
    borders.reduce((most, border, place) => Math.max(most, border - (borders[place - 1] ?? 0)), 0) / timescale;
  const sound = hasSound ? Math.max(longest, segmentSeconds) + shortestRest + soundFrameSeconds : 0;
  // A length that is whole but for the last bit of a float is not rounded up.
  return Math.max(1, Math.ceil(longest - 1e-6), Math.round(sound));
}
