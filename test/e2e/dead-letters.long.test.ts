import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { afterEach, beforeEach, expect, test } from "vitest";
import { breakableFfmpeg } from "../support/breakable-ffmpeg.ts";
import { probeFile, smallClip } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { ended, fetchOutput, submit } from "./convert.ts";

let stack: TestStack;
beforeEach(async () => {
  stack = await startTestStack({ settings: { LEASE_SECONDS: "6", RETRY_BASE_MS: "100" } });
});
afterEach(() => stack.stop());

test("a job that fails four times is a dead letter with four log tails; replayed when the cause is gone, it succeeds", async () => {
  const ffmpeg = breakableFfmpeg(folderOfTest("dead-letters"));
  const runner = await stack.startRunner({ env: { FFMPEG_PATH: ffmpeg.path } });
  ffmpeg.break();
  const { id } = await submit(stack.client, smallClip(), { preset: "mp4-h264" });
  expect(await ended(stack.client, id)).toMatchObject({
    state: "failed",
    attempt: 4,
    error: { code: "encode_failed" },
  });

  const { items } = await stack.client.deadLetters.list({ code: "encode_failed" });
  expect(items.map((letter) => letter.id)).toEqual([id]);
  const letter = await stack.client.deadLetters.get(id);
  expect(letter.attempts?.map(({ attempt, runnerId, outcome }) => [attempt, runnerId, outcome])).toEqual(
    [1, 2, 3, 4].map((attempt) => [attempt, runner.id, "failed"]),
  );
  for (const { error } of letter.attempts ?? []) expect(error?.logTail).toContain("the driver is broken");

  ffmpeg.mend();
  expect(await stack.client.deadLetters.replay({ ids: [id] })).toMatchObject({ done: 1, refused: 0 });
  const job = await ended(stack.client, id);
  expect(job).toMatchObject({ state: "succeeded", run: 2, attempt: 1, error: null });
  expect(probeFile(await fetchOutput(stack, job)).streams.map(({ codec_name }) => codec_name)).toContain("h264");
  expect((await stack.client.deadLetters.list()).items).toEqual([]);
});

test("a job says why it waits: no runner, none that can, then it runs", async () => {
  const { id } = await submit(stack.client, smallClip(), { preset: "mp3", runnerLabels: ["studio"] });
  await expect.poll(async () => (await stack.client.jobs.waiting(id)).reason).toBe("no_runner");
  await stack.startRunner();
  await expect
    .poll(async () => await stack.client.jobs.waiting(id), { timeout: 60_000 })
    .toMatchObject({ reason: "no_capable_runner", missing: ["label:studio"] });
  await stack.startRunner({ env: { RUNNER_LABELS: "studio" } });
  expect(await ended(stack.client, id)).toMatchObject({ state: "succeeded" });
  expect(await stack.client.jobs.waiting(id)).toMatchObject({ reason: "not_waiting", state: "succeeded" });
});
