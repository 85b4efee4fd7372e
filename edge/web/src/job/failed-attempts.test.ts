import type { Attempt } from "@reelway/shared/contracts/dead-letter";
import type { JobTask } from "@reelway/shared/contracts/job-task";
import { expect, test } from "vitest";
import { failedAttempts } from "./failed-attempts.ts";

const runnerId = `run_${"a".repeat(26)}_enam`;
const why = (message: string) => ({ code: "encode_failed" as const, message });
const attempt = (number: number, outcome: Attempt["outcome"], message?: string): Attempt => ({
  ...{ attempt: number, runnerId, startedAt: number, endedAt: number + 1, outcome },
  error: message === undefined ? null : why(message),
});
const task = (part: string, attempts: Attempt[], more: Partial<JobTask> = {}): JobTask => ({
  ...{ part, state: "dead", attempt: 1, runnerId, startedAt: 1, hedge: null, endedAt: 2, error: null },
  attempts,
  ...more,
});

test("each attempt that failed is told with its reason; what was outrun or canceled has none", () => {
  const tasks = [
    task("encode:0", [attempt(1, "failed", "a"), attempt(2, "lost", "b"), attempt(3, "canceled")]),
    task("encode:1", [attempt(1, "outrun")]),
  ];
  const told = failedAttempts({ error: null }, tasks);
  expect(told.map(({ part, attempt: one, error }) => [part, one?.attempt, error.message])).toEqual([
    ["encode:0", 1, "a"],
    ["encode:0", 2, "b"],
  ]);
  expect(new Set(told.map(({ key }) => key)).size).toBe(2);
});

test("the last attempt is not told again where the job failed by it", () => {
  const tasks = [task("", [attempt(1, "failed", "a"), attempt(2, "failed", "a")])];
  expect(failedAttempts({ error: why("a") }, tasks).map(({ attempt: one }) => one?.attempt)).toEqual([1]);
  expect(failedAttempts({ error: why("b") }, tasks)).toHaveLength(2);
});

test("a task that ended untried is told by its own reason", () => {
  expect(failedAttempts({ error: null }, [task("encode:2", [], { error: why("waited too long") })])).toMatchObject([
    { part: "encode:2", attempt: null, error: { message: "waited too long" } },
  ]);
});
