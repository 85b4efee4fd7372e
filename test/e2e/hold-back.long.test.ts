import { cliIn } from "@reelway/shared/cli/test/run-cli";
import { expect, onTestFinished, test } from "vitest";
import { smallClip } from "../support/clips.ts";
import { startTestStack } from "../support/test-stack.ts";
import { ended, submit } from "./convert.ts";

test("a runner that holds back takes nothing while others do the work, and then what they left over; a job that waits for that says until when", async () => {
  const stack = await startTestStack({ settings: { LEASE_SECONDS: "6" } });
  onTestFinished(stack.stop);
  const { client } = stack;
  const dear = await stack.startRunner({ env: { HOLD_BACK_SECONDS: "3600", POLL_SECONDS: "1" } });
  const cheap = await stack.startRunner({ env: { CONCURRENCY: "1" } });
  const madeBy = async (id: string) => (await client.jobs.tasks(id)).items.map(({ runnerId }) => runnerId);
  const jobs = [1, 2, 3, 4].map(() => submit(client, smallClip(), { preset: "mp3" }));
  for (const { id } of await Promise.all(jobs)) {
    expect(await ended(client, id)).toMatchObject({ state: "succeeded", attempt: 1 });
    expect(await madeBy(id)).toEqual([cheap.id]);
  }

  expect(await cheap.stop()).toBe(0);
  const submittedAt = Date.now();
  const { id } = await submit(client, smallClip(), { preset: "mp3" });
  const why = () => client.jobs.waiting(id);
  await expect.poll(async () => (await why()).reason, { timeout: 60_000 }).toBe("held_back");
  const { until } = await why();
  expect((until ?? 0) - submittedAt).toBeGreaterThanOrEqual(3_600_000);
  expect((until ?? 0) - Date.now()).toBeLessThanOrEqual(3_600_000);
  const admin = cliIn(stack);
  expect((await admin.run("jobs", "waiting", id)).stdout).toMatch(
    /^Every runner that is free holds back .*for (1:00|59):\d\d more$/m,
  );
  expect((await admin.run("runners", "show", dear.id)).stdout).toMatch(
    /^holds back +takes what has waited for 1:00:00$/m,
  );

  const less = await stack.startRunner({ env: { HOLD_BACK_SECONDS: "2" } });
  const job = await ended(client, id);
  expect(job).toMatchObject({ state: "succeeded", attempt: 1 });
  expect(await madeBy(id)).toEqual([less.id]);
  expect((job.startedAt ?? 0) - job.createdAt).toBeGreaterThanOrEqual(2_000);
});
