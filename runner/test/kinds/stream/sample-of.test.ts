import { expect, it } from "vitest";
import { sampleOf } from "../../../src/kinds/stream/quality/sample-of.ts";

it.each([
  [24, 24, 48],
  [8, 30, 60],
  [120, 60, 120],
  [24, 25, 5],
  [7_200, 24, null],
  [1, 25, null],
])("a sample of %d s at %d pictures a second is a small part of it, spread over it", (length, fps, grid) => {
  const { from, picturesEach } = sampleOf(length, fps, grid);
  const moment = picturesEach / fps;
  for (const [place, start] of from.entries()) {
    expect(start).toBeGreaterThanOrEqual(place === 0 ? 0 : (from[place - 1] ?? 0) + moment);
    expect(start + moment).toBeLessThanOrEqual(length + 1e-9);
  }
  if (length >= 8) expect((from.length * moment) / length).toBeLessThanOrEqual(1 / 12 + 0.05);
  if (grid !== null && grid < picturesEach) expect(picturesEach % grid).toBe(0);
});
