import { expect, test } from "vitest";
import { areaPath, dotsPath, linePath, pointsOfLine, runsOf } from "./line-path.ts";
import { durationScaleFor, scaleFor } from "./scale.ts";
import { timeTicks } from "./time-ticks.ts";

test("an axis goes beyond the largest value, in steps that are easily read and no finer than they may be", () => {
  expect(scaleFor(7, 1)).toEqual({ top: 8, ticks: [0, 2, 4, 6, 8] });
  expect(scaleFor(0, 1)).toEqual({ top: 1, ticks: [0, 1] });
  expect(scaleFor(3, 1)).toEqual({ top: 4, ticks: [0, 1, 2, 3, 4] });
  expect(scaleFor(0.9, 0.1).ticks).toEqual([0, 0.5, 1]);
  for (const largest of [1, 4, 5, 9, 11, 99, 101, 12_345]) {
    const { top, ticks } = scaleFor(largest, 1);
    expect(top).toBeGreaterThan(largest);
    expect(ticks.length).toBeLessThanOrEqual(6);
    expect(ticks.every(Number.isInteger)).toBe(true);
  }
});

test("an axis of times goes by seconds, minutes and hours", () => {
  expect(durationScaleFor(0)).toEqual({ top: 1_000, ticks: [0, 1_000] });
  expect(durationScaleFor(55_000).ticks).toEqual([0, 15_000, 30_000, 45_000, 60_000]);
  expect(durationScaleFor(3_600_000).ticks).toEqual([0, 900_000, 1_800_000, 2_700_000, 3_600_000, 4_500_000]);
  expect(durationScaleFor(43_200_000).top).toBeGreaterThan(43_200_000);
});

test("a line breaks where nothing is known, and a point without neighbours is a dot", () => {
  const points = pointsOfLine([0, 5, null, 10, null], 10);
  expect(runsOf(points).map((run) => run.length)).toEqual([2, 1]);
  expect(linePath(points)).toBe("M0 100L25 50");
  expect(dotsPath(points)).toBe("M75 0h0");
  expect(areaPath(points)).toBe("M0 100L0 100L25 50L25 100Z");
  expect(linePath(pointsOfLine([null, null], 1))).toBe("");
});

test("an hour is marked at its quarters, a day every six hours", () => {
  const minutes = Array.from({ length: 60 }, (_, index) => Date.UTC(2026, 10, 22, 12, 7) + index * 60_000);
  expect(timeTicks(minutes).map(({ index }) => index)).toEqual([8, 23, 38, 53]);
  const day = Array.from({ length: 144 }, (_, index) => Date.UTC(2026, 10, 22, 12) + index * 600_000);
  expect(timeTicks(day).length).toBeLessThanOrEqual(4);
});

test("a week and a month are marked by few days, so that their labels stand apart on a phone", () => {
  for (const [count, stepMs] of [
    [168, 3_600_000],
    [180, 14_400_000],
  ] as const) {
    const times = Array.from({ length: count }, (_, index) => Date.UTC(2026, 10, 1, 5) + index * stepMs);
    const marked = timeTicks(times).map(({ index }) => index);
    expect(marked.length).toBeGreaterThan(2);
    expect(marked.length).toBeLessThanOrEqual(5);
    expect(new Set(marked.slice(1).map((index, at) => index - (marked[at] ?? 0))).size).toBe(1);
  }
});
