import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startCron } from "./cron.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("runs at once and then every interval, until it is stopped", async () => {
  const run = vi.fn(async () => undefined);
  const stop = startCron({ intervalMs: 60_000, run, onError: vi.fn() });
  expect(run).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(59_999);
  expect(run).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(run).toHaveBeenCalledTimes(2);
  await stop();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(run).toHaveBeenCalledTimes(2);
});

test("a run that is slow is not joined by another, and one that fails does not end the series", async () => {
  let finish: (() => void) | undefined;
  const run = vi
    .fn<() => Promise<void>>()
    .mockImplementationOnce(() => new Promise((resolve) => (finish = resolve)))
    .mockRejectedValueOnce(new Error("broken"))
    .mockResolvedValue(undefined);
  const onError = vi.fn();
  const stop = startCron({ intervalMs: 1_000, run, onError });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(run).toHaveBeenCalledTimes(1);
  finish?.();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(onError).toHaveBeenCalledWith(new Error("broken"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(run).toHaveBeenCalledTimes(3);
  await stop();
});
