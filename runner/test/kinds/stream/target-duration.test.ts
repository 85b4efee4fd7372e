import type { PlannedChunk } from "@reelway/shared/contracts/stream-plan";
import { expect, it } from "vitest";
import { targetDuration } from "../../../src/kinds/stream/target-duration.ts";

/** One chunk whose segments begin at these seconds. */
const cut = (starts: readonly number[], end: number, segmentSeconds = 4) => {
  const timescale = 1_000;
  const segments = starts.map((start) => ({ firstPicture: 0, start: start * timescale }));
  return { chunks: [{ segments, end: end * timescale }] as unknown as PlannedChunk[], segmentSeconds, timescale };
};

it.each([
  ["pictures by themselves, rounded up", cut([0, 4], 8), false, 4],
  ["pictures a little longer than wished", cut([0, 4.1], 8), false, 5],
  ["sound with its own frames, which rounds to the same", cut([0, 4], 8), true, 4],
  ["sound whose short rest goes with the segment before it", cut([0, 4.3], 8.6), true, 5],
  ["sound behind short pictures, in segments of the wished length", cut([0, 2], 4, 6), true, 6],
  ["sound that begins long before the first picture", cut([3, 7], 11), true, 7],
  ["text that begins long before the first picture", cut([3, 7], 11), false, 7],
])("promises for %s", (_what, planned, hasSound, seconds) => {
  expect(targetDuration(planned, hasSound)).toBe(seconds);
});
