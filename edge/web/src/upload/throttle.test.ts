import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Throttle } from "./throttle.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("of calls that come close to each other the last is acted on too, and none that was called off", () => {
  const said: number[] = [];
  let figure = 0;
  const throttle = new Throttle(250, () => said.push(figure));
  for (figure = 1; figure <= 10; figure++) {
    throttle.call();
    vi.advanceTimersByTime(100);
  }
  figure = 10;
  vi.advanceTimersByTime(1_000);
  expect(said.length).toBeLessThanOrEqual(6);
  expect(said.at(-1)).toBe(10);
  throttle.call();
  throttle.cancel();
  vi.advanceTimersByTime(1_000);
  expect(said.length).toBeLessThanOrEqual(6);
});
