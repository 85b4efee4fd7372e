import { expect, it } from "vitest";
import { spotsOf } from "../../src/kinds/samples/spots.ts";
import { isStarved } from "../../src/kinds/samples/starved.ts";

it("looks at a result where it begins, where it ends, and at a place between that its task draws", () => {
  const [first, between = 0, last] = spotsOf(24, "tsk_a");
  expect([first, last]).toEqual([0, 23]);
  expect(between).toBeGreaterThan(0);
  expect(between).toBeLessThan(23);
  expect(spotsOf(24, "tsk_a")).toEqual([first, between, last]);
  const drawn = new Set(Array.from({ length: 40 }, (_, task) => Math.floor((spotsOf(24, `tsk_${task}`)[1] ?? 0) / 6)));
  expect(drawn).toEqual(new Set([0, 1, 2, 3]));
});

it("looks at what is short, or lasts nobody knows how long, where it begins", () => {
  expect(spotsOf(3.9, "tsk_a")).toEqual([0]);
  expect(spotsOf(null, "tsk_a")).toEqual([0]);
});

it("tells too few bits from few", () => {
  expect(isStarved(50, { width: 1_280, height: 720 }, 60)).toBe(true);
  expect(isStarved(50, { width: 1_280, height: 720 }, 24)).toBe(false);
  expect(isStarved(800, { width: 1_920, height: 1_080 }, 60)).toBe(false);
});
