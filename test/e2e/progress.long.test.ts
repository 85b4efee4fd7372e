import type { JobStatus } from "@reelway/shared/contracts/job";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { longClip } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { encoding, reached, submit } from "./convert.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
  await stack.startRunner();
});
afterAll(() => stack.stop());

/** Every frame of a job's WebSocket until the terminal one. */
function framesOf(jobId: string): Promise<JobStatus[]> {
  const url = `${stack.url.replace("http", "ws")}/api/v1/jobs/${jobId}/events`;
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${stack.key}` } });
  const frames: JobStatus[] = [];
  return new Promise((resolve, reject) => {
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as JobStatus;
      frames.push(frame);
      if (isTerminal(frame.state)) resolve(frames);
    };
    socket.onerror = () => reject(new Error("the socket failed"));
    socket.onclose = () => resolve(frames);
  });
}

test("progress over a WebSocket comes in order, in stages, and ends at 100; who comes late gets the current state first", async () => {
  const { id } = await submit(stack.client, longClip(), { preset: "mp4-h264" });
  const all = framesOf(id);
  await reached(stack.client, id, encoding);
  const late = await framesOf(id);
  const frames = await all;

  expect(late[0]).toMatchObject({ state: "running", stage: "processing" });
  for (const seen of [frames, late]) {
    const sequences = seen.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
    const percents = seen.map(({ percent }) => percent);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(seen.at(-1)).toMatchObject({ state: "succeeded", percent: 100, error: null });
    expect(seen.filter(({ percent }) => percent === 100)).toHaveLength(1);
  }
  expect(frames.length).toBeGreaterThan(4);
  const stages = [...new Set(frames.map(({ stage }) => stage))];
  expect(stages.filter((stage) => stage !== "queued")).toEqual(
    ["downloading", "processing", "uploading", "finalizing"].filter((stage) =>
      stages.includes(stage as JobStatus["stage"]),
    ),
  );
  expect(frames.some(({ fps, speed, etaSeconds }) => fps !== null && speed !== null && etaSeconds !== null)).toBe(true);
});

test("after the end a viewer gets the last state, and the socket closes", async () => {
  const { items } = await stack.client.jobs.list({ state: "succeeded" });
  const frames = await framesOf(items[0]?.id ?? "");
  expect(frames).toMatchObject([{ state: "succeeded", percent: 100 }]);
});
