import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { expect, onTestFinished, test } from "vitest";
import { deviceFfmpeg } from "../../runner/test/hardware/device-ffmpeg/device-ffmpeg.ts";
import { modestCard } from "../../runner/test/hardware/device-ffmpeg/script.ts";
import { smallClip } from "../support/clips.ts";
import { startTestStack } from "../support/test-stack.ts";
import { ended, submit } from "./convert.ts";

test("a host is in the fleet before its card is proved, says what it does, and takes work once it knows", {
  timeout: 600_000,
}, async () => {
  const card = await deviceFfmpeg(process.env.REELWAY_TEST_FFMPEG ?? "/usr/bin/ffmpeg");
  onTestFinished(card.remove);
  const answers = join(folderOfTest("card"), "answers");
  await card.behave({ ...modestCard, waitsFor: answers });
  const stack = await startTestStack();
  onTestFinished(stack.stop);
  const { id } = await submit(stack.client, smallClip(), { preset: "mp3" });

  let isReady = false;
  const starting = stack
    .startRunner({ env: { FFMPEG_PATH: card.path, DEVICES: "nvidia:0", SANDBOX: "off" } })
    .finally(() => {
      isReady = true;
    });
  const fleet = async () => (await stack.client.runners.list()).items;
  await expect.poll(fleet, { timeout: 60_000 }).toMatchObject([{ state: "proving", capabilities: [], activeTasks: 0 }]);
  await expect.poll(async () => (await card.runs()).length, { timeout: 60_000 }).toBeGreaterThan(0);
  expect(isReady).toBe(false);
  expect(await stack.client.jobs.waiting(id)).toMatchObject({ reason: "runners_proving" });

  writeFileSync(answers, "");
  const runner = await starting;
  expect(await ended(stack.client, id)).toMatchObject({ state: "succeeded", attempt: 1 });
  await expect
    .poll(fleet, { timeout: 30_000 })
    .toMatchObject([{ id: runner.id, state: "online", capabilities: expect.arrayContaining(["kind:transcode"]) }]);
  expect(await runner.stop()).toBe(0);
});
