import { afterEach, expect, it, vi } from "vitest";
import { Remembered } from "../src/playback/remembered.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("what is remembered holds for its time, and the oldest goes when it is too much", () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_000 });
  const known = new Remembered<string>(10);
  known.set("a", "A", 500, 4);
  known.set("b", "B", 5_000, 4);
  known.set("a", "A again", 500, 6);
  expect([known.get("a"), known.get("b")]).toEqual(["A again", "B"]);
  known.set("c", "C", 5_000);
  expect([known.get("a"), known.get("b"), known.get("c")]).toEqual(["A again", undefined, "C"]);
  vi.setSystemTime(1_500);
  expect([known.get("a"), known.get("c")]).toEqual([undefined, "C"]);
  known.set("whole", "more than all", 5_000, 11);
  expect([known.get("whole"), known.get("c")]).toEqual([undefined, undefined]);
});
