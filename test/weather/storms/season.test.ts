import { expect, test } from "vitest";
import { seededRandom } from "../../e2e/chaos/random.ts";
import { deal } from "./season.ts";

const storms = (seed: number, count: number, isSpared = false) => {
  const next = deal(seededRandom(seed));
  return Array.from({ length: count }, () => next(isSpared).name);
};
const all = new Set(storms(1, 200));

test("every kind strikes before any strikes a second time", () => {
  expect(new Set(storms(3, all.size))).toEqual(all);
  expect(new Set(storms(3, 2 * all.size).slice(all.size))).toEqual(all);
});

test("the same seed deals the same, another one another", () => {
  expect(storms(3, 20)).toEqual(storms(3, 20));
  expect(storms(3, 20)).not.toEqual(storms(4, 20));
});

test("the control plane can be spared, and nothing else", () => {
  const spared = new Set(storms(3, 200, true));
  const missing = [...all].filter((name) => !spared.has(name));
  expect(missing.length).toBe(4);
  expect(missing.filter((name) => !/control plane|workerd/.test(name))).toEqual([]);
});
