import { describe, expect, it } from "vitest";
import { medianOf, spreadOf } from "./percentiles.ts";

describe("spreadOf", () => {
  it("takes the nearest rank, whatever the order", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(spreadOf(hundred)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99, max: 100 });
  });

  it("answers the largest of a few for the high percentiles", () => {
    expect(spreadOf([3, 1, 2])).toEqual({ count: 3, p50: 2, p95: 3, p99: 3, max: 3 });
  });

  it("sorts numbers as numbers", () => {
    expect(spreadOf([10, 9, 100])?.p50).toBe(10);
  });

  it("has no answer for nothing", () => {
    expect(spreadOf([])).toBeNull();
  });
});

describe("medianOf", () => {
  it("is the middle one of an odd count and the mean of the two middle ones of an even count", () => {
    expect(medianOf([30, 10, 20])).toBe(20);
    expect(medianOf([40, 10, 20, 30])).toBe(25);
  });
});
