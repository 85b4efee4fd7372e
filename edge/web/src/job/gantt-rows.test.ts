import type { JobTask } from "@reelway/shared/contracts/job-task";
import { expect, test } from "vitest";
import { ganttOf, ticksOf } from "./gantt-rows.ts";

const runner = (letter: string) => `run_${letter.repeat(26)}_enam`;
const task = (part: string, change: Partial<JobTask> = {}): JobTask => ({
  part,
  state: "done",
  attempt: 1,
  runnerId: runner("a"),
  startedAt: 1_000,
  hedge: null,
  endedAt: 2_000,
  error: null,
  attempts: [],
  ...change,
});

test("each runner has a row, and what it does at the same time stands in lanes", () => {
  const tasks = [
    task("encode:0", { startedAt: 2_000, endedAt: 5_000 }),
    task("encode:1", { startedAt: 3_000, endedAt: 4_000 }),
    task("encode:2", { startedAt: 4_000, endedAt: 6_000 }),
    task("audio", { runnerId: runner("b"), startedAt: 1_000, endedAt: 1_500 }),
  ];
  const { rows, from, to } = ganttOf(tasks, 9_000);
  expect([from, to]).toEqual([1_000, 6_000]);
  expect(rows.map(({ runnerId, lanes }) => [runnerId, lanes])).toEqual([
    [runner("b"), 1],
    [runner("a"), 2],
  ]);
  expect(rows[1]?.bars.map(({ task: { part }, lane }) => [part, lane])).toEqual([
    ["encode:0", 0],
    ["encode:1", 1],
    ["encode:2", 1],
  ]);
});

test("what is under way ends now, what waits is counted, and what nobody knows the time of is kept apart", () => {
  const tasks = [
    task("encode:0", { state: "leased", endedAt: null, hedge: { runnerId: runner("b"), startedAt: 7_000 } }),
    task("encode:1", { state: "blocked", startedAt: null, endedAt: null, runnerId: null }),
    task("plan", { startedAt: null, attempt: 0 }),
  ];
  const { rows, kept, left } = ganttOf(tasks, 9_000);
  expect(rows.map(({ bars }) => bars.map(({ from, to, hedge }) => [from, to, hedge]))).toEqual([
    [[1_000, 9_000, false]],
    [[7_000, 9_000, true]],
  ]);
  expect([kept, left]).toEqual([1, 1]);
});

test("what came to nothing has a stretch of its own, on the runner that tried; what waits has no other", () => {
  const failed = { attempt: 1, startedAt: 1_000, endedAt: 3_000, outcome: "failed" as const, error: null };
  const again = { runnerId: runner("b"), startedAt: 4_000, endedAt: 6_000, attempt: 2 };
  const tasks = [
    task("encode:0", { ...again, attempts: [{ ...failed, runnerId: runner("a") }] }),
    task("encode:1", { state: "delayed", endedAt: null, attempts: [{ ...failed, runnerId: runner("a") }] }),
    task("encode:2", { state: "dead", endedAt: 3_000, attempts: [{ ...failed, runnerId: runner("a") }] }),
  ];
  const { rows } = ganttOf(tasks, 9_000);
  expect(
    rows.map(({ bars }) => bars.map(({ task: { part }, ended, from, to }) => [part, ended?.outcome, from, to])),
  ).toEqual([
    [
      ["encode:0", "failed", 1_000, 3_000],
      ["encode:1", "failed", 1_000, 3_000],
      ["encode:2", "failed", 1_000, 3_000],
    ],
    [["encode:0", undefined, 4_000, 6_000]],
  ]);
});

test("an axis has a few round figures, whatever the length", () => {
  for (const length of [1_000, 75_000, 3_700_000, 90_000_000]) {
    const ticks = ticksOf(length);
    expect(ticks.length, `${length}`).toBeGreaterThan(0);
    expect(ticks.length, `${length}`).toBeLessThan(8);
    expect((ticks.at(-1) ?? 0) * 1_000).toBeLessThanOrEqual(length);
  }
});
