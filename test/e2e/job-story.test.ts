import { readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "@reelway/stack/process/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { smallClip } from "../support/clips.ts";
import type { TestRunner } from "../support/test-runner.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { ended, submit } from "./convert.ts";

const Line = z.looseObject({
  message: z.string().optional(),
  msg: z.string().optional(),
  event: z.string().optional(),
  at: z.number().optional(),
  time: z.string().optional(),
  jobId: z.string().optional(),
});
type Line = z.infer<typeof Line>;

let stack: TestStack;
let runner: TestRunner;
beforeAll(async () => {
  stack = await startTestStack();
  runner = await stack.startRunner({ env: { LOG_LEVEL: "info" } });
});
afterAll(() => stack.stop());

/** What `grep <job id>` finds in the logs of both processes, in the order of time. */
function story(jobId: string): Line[] {
  const logs = [readFileSync(join(stack.dataDir, "logs", "control-plane.log"), "utf8"), runner.log()];
  const found = logs.flatMap((log) => log.split("\n")).filter((line) => line.includes(jobId));
  return found.map((line) => Line.parse(JSON.parse(line))).sort((a, b) => timeOf(a) - timeOf(b));
}
const timeOf = ({ at, time }: Line) => at ?? Date.parse(time ?? "");
const told = ({ message, msg, event }: Line) => `${message ?? msg}${event ? ` ${event}` : ""}`;

/** Each in the list, in this order, whatever stands between. */
function inOrder(lines: readonly string[], wanted: readonly string[]): string[] {
  let from = 0;
  return wanted.filter((each) => {
    const found = lines.indexOf(each, from);
    if (found !== -1) from = found + 1;
    return found === -1;
  });
}

test("grepping a job's id tells its whole life, in order, out of both processes' logs", async () => {
  const { id } = await submit(stack.client, smallClip(), { preset: "mp4-h264" });
  await ended(stack.client, id);
  // The control plane's last word and the runner's are written by two processes, in either order.
  const lastWords = ["event projected job.succeeded", "task completed"];
  await until(() => {
    const heard = story(id).map(told);
    return lastWords.every((word) => heard.includes(word));
  }, 10_000);
  const lines = story(id);
  const missing = inOrder(lines.map(told), [
    "job accepted",
    "leased",
    "task leased",
    "inputs downloaded",
    "process started",
    "process ended",
    "outputs uploaded",
    "lease ended",
    "task completed",
  ]);
  expect(missing, lines.map(told).join("\n")).toEqual([]);
  // The queue's word on the enqueue and a lease given in that very moment are heard by two requests, in either order.
  expect(inOrder(lines.map(told), ["job accepted", "enqueued", "task leased"])).toEqual([]);
  expect(inOrder(lines.map(told), ["leased", "event projected job.started", "event projected job.succeeded"])).toEqual(
    [],
  );
});

test("every line that names a job has it in its field, with task, lease and runner where a runner is at work", async () => {
  const { id } = await submit(stack.client, smallClip(), { spec: { kind: "probe" } });
  const { state } = await ended(stack.client, id);
  expect(state).toBe("succeeded");
  const lines = story(id).filter((line) => line.path === undefined);
  expect(lines.length).toBeGreaterThan(8);
  for (const line of lines) expect(line.jobId, JSON.stringify(line)).toBe(id);
  for (const line of lines.filter(({ msg }) => msg !== undefined))
    expect(line, JSON.stringify(line)).toMatchObject({
      taskId: expect.stringMatching(/^tsk_/),
      lease: expect.stringMatching(/^tsk_.*:1$/),
      runnerId: runner.id,
    });
});
