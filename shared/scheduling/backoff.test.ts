import { describe, expect, it } from "vitest";
import { attemptBackoffMs } from "./backoff.ts";

const settings = { retryBaseMs: 2_000, retryMaxMs: 300_000 };

describe("backoff", () => {
  it("doubles with every attempt; half is sure, half is jitter", () => {
    expect([1, 2, 3, 4].map((attempt) => attemptBackoffMs(attempt, 0, settings))).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect([1, 2, 3, 4].map((attempt) => attemptBackoffMs(attempt, 0.5, settings))).toEqual([
      1_500, 3_000, 6_000, 12_000,
    ]);
  });

  it("stays below its maximum, even after very many attempts", () => {
    expect(attemptBackoffMs(9, 0.999, settings)).toBe(299_850);
    expect(attemptBackoffMs(2_000, 0, settings)).toBe(150_000);
  });
});
