import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { longClip } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { encoding, ended, oneThread, reached, slowJob, submit } from "./convert.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ settings: { LEASE_SECONDS: "6", RETRY_BASE_MS: "200", REELWAY_CRON_SECONDS: "1" } });
});
afterEach(() => stack.killRunners());
afterAll(() => stack.stop());

test("workerd alone killed in mid-job: nothing lost, nothing twice", async () => {
  await stack.startRunner({ env: oneThread });
  const { id } = await submit(stack.client, longClip(), slowJob);
  await reached(stack.client, id, encoding);
  stack.killWorkerd();
  expect(await ended(stack.client, id)).toMatchObject({ state: "succeeded", attempt: 1 });
});
