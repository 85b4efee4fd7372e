import { afterAll, beforeAll, expect, test } from "vitest";
import {
  headlessClip,
  probeFile,
  smallClip,
  soundOnlyClip,
  textFile,
  tinyPictureClip,
  truncatedClip,
  wrongExtensionClip,
} from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert, ended, fetchOutput, submit } from "./convert.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
  await stack.startRunner();
});
afterAll(() => stack.stop());

async function failure(path: string, preset = "mp4-h264") {
  const job = await ended(stack.client, (await submit(stack.client, path, { preset })).id);
  return { state: job.state, code: job.error?.code, attempt: job.attempt, message: job.error?.message ?? "" };
}

test("a text file named .mp4 fails at once, with ffmpeg's own reason", async () => {
  const { message, ...end } = await failure(textFile());
  expect(end).toEqual({ state: "failed", code: "input_unreadable", attempt: 1 });
  expect(message).toMatch(/invalid data/i);
});

test("an MP4 that lost its index fails at once", async () => {
  const { message, ...end } = await failure(await headlessClip());
  expect(end.state).toBe("failed");
  expect(end.attempt).toBe(1);
  expect(["input_unreadable", "input_truncated"]).toContain(end.code);
  expect(message).toMatch(/moov/);
});

test("an MP4 cut short behind its index fails at once and says that it is cut short", async () => {
  expect(await failure(await truncatedClip())).toMatchObject({ state: "failed", code: "input_truncated", attempt: 1 });
});

test("an empty file is refused before it is uploaded", async () => {
  const response = await fetch(`${stack.url}/api/v1/assets`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.key}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "empty.mp4", bytes: 0 }),
  });
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({ code: "invalid_request", errors: [{ path: "bytes" }] });
});

test("a wrong extension does not matter", async () => {
  const job = await convert(stack.client, await wrongExtensionClip(), { preset: "mp4-h264" });
  expect(probeFile(await fetchOutput(stack, job)).streams[0]?.codec_name).toBe("h264");
});

test("a video of 16 pixels converts", async () => {
  const job = await convert(stack.client, tinyPictureClip(), { preset: "mp4-h264" });
  expect(probeFile(await fetchOutput(stack, job)).streams[0]).toMatchObject({ width: 16, height: 16 });
});

test("one second of sound alone converts to sound, and not to a picture", async () => {
  const job = await convert(stack.client, soundOnlyClip(), { preset: "mp3" });
  expect(Number(probeFile(await fetchOutput(stack, job)).format.duration)).toBeCloseTo(1, 0);
  expect(await failure(soundOnlyClip(), "mp4-h264")).toMatchObject({
    state: "failed",
    code: "input_missing_stream",
    attempt: 1,
  });
});

test("a bad file leaves the runner ready for the next one", async () => {
  await failure(textFile());
  expect((await convert(stack.client, smallClip(), { preset: "mp4-h264" })).state).toBe("succeeded");
});
