import { expect, it } from "vitest";
import { renditionsAt, spotsOf } from "../../src/kinds/samples/spots.ts";
import { isStarved } from "../../src/kinds/samples/starved.ts";

it("looks at a result where it begins, where it ends, and of a long one at a place between that its task draws", () => {
  expect(spotsOf(24, "tsk_a")).toEqual([0, 23]);
  const [first, between = 0, last] = spotsOf(3_600, "tsk_a");
  expect([first, last]).toEqual([0, 3_599]);
  expect(spotsOf(3_600, "tsk_a")).toEqual([first, between, last]);
  const drawn = new Set(
    Array.from({ length: 40 }, (_, task) => Math.floor((spotsOf(3_600, `t${task}`)[1] ?? 0) / 900)),
  );
  expect(drawn).toEqual(new Set([0, 1, 2, 3]));
});

it("looks at what is short, or lasts nobody knows how long, where it begins", () => {
  expect(spotsOf(11.9, "tsk_a")).toEqual([0]);
  expect(spotsOf(null, "tsk_a")).toEqual([0]);
});

it("looks at all renditions where they begin, and then at each in its turn", () => {
  const ladder = ["1080p", "720p", "360p"];
  expect(renditionsAt(ladder, 0, "tsk_a")).toEqual(ladder);
  const turns = Array.from({ length: 40 }, (_, task) => renditionsAt(ladder, 23, `tsk_${task}`));
  expect(turns.every(({ length }) => length === 1)).toBe(true);
  expect(new Set(turns.flat())).toEqual(new Set(ladder));
  expect(renditionsAt(["video"], 23, "tsk_a")).toEqual(["video"]);
});

it("tells too few bits from few", () => {
  expect(isStarved(50, { width: 1_280, height: 720 }, 60)).toBe(true);
  expect(isStarved(50, { width: 1_280, height: 720 }, 24)).toBe(false);
  expect(isStarved(800, { width: 1_920, height: 1_080 }, 60)).toBe(false);
});
