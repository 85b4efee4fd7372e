import { expect, test } from "vitest";
import { errorRateProblem } from "./error-rate.ts";

const since = (all: number, failed: number) =>
  errorRateProblem({ all: 1_000, failed: 500 }, { all: 1_000 + all, failed: 500 + failed });

test("errors of before don't count, few don't, and a share above two percent does", () => {
  expect(since(100, 0)).toBeUndefined();
  expect(since(4, 4)).toBeUndefined();
  expect(since(250, 5)).toBeUndefined();
  expect(since(249, 5)).toBe("5 of 249 requests failed meanwhile");
});

test("without figures there is nothing to go by", () => {
  expect(errorRateProblem(null, { all: 10, failed: 10 })).toBeUndefined();
  expect(errorRateProblem({ all: 0, failed: 0 }, null)).toBeUndefined();
});
