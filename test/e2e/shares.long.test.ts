import { cliIn } from "@reelway/shared/cli/test/run-cli";
import type { Client } from "@reelway/shared/client/client";
import type { Job } from "@reelway/shared/contracts/job";
import { afterAll, beforeAll, expect, test } from "vitest";
import { smallClip } from "../support/clips.ts";
import { fileSource } from "../support/file-source.ts";
import { newTenant } from "../support/new-tenant.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { ended, oneThread } from "./convert.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ settings: { RATE_LIMITS: "off" } });
});
afterAll(() => stack.stop());

async function jobsOf(client: Client, count: number): Promise<Job[]> {
  const asset = await client.assets.upload(await fileSource(smallClip()));
  const order = { assetId: asset.id, spec: { kind: "transcode", container: "mp4", video: { codec: "h264" } } } as const;
  return Promise.all(Array.from({ length: count }, () => client.jobs.create(order)));
}

/** How many of these jobs ran at once, at most: one that ends makes room for one that begins in the same millisecond. */
function mostAtOnce(jobs: readonly Job[]): number {
  const turns = jobs.flatMap(({ startedAt, finishedAt }) => [
    { at: startedAt ?? Number.NaN, more: 1 },
    { at: finishedAt ?? Number.NaN, more: -1 },
  ]);
  let [running, most] = [0, 0];
  for (const { more } of turns.sort((a, b) => a.at - b.at || a.more - b.more)) {
    running += more;
    most = Math.max(most, running);
  }
  return most;
}

test("a tenant never has more than its share of the runners, while another has the rest; and says why its jobs wait", async () => {
  const [capped, other] = [await newTenant(stack, "Capped"), await newTenant(stack, "Other")];
  const admin = cliIn(stack);
  const theirs = cliIn({ ...stack, key: capped.key });
  const queued = await jobsOf(capped.client, 6);
  // Set while its jobs wait: no runner is there yet.
  expect((await admin.run("tenants", "update", capped.tenantId, "--max-running", "1")).stdout).toContain(
    "at once  1 in each region",
  );
  const others = await jobsOf(other.client, 8);
  for (let runner = 0; runner < 3; runner++) await stack.startRunner({ env: oneThread });

  const last = queued.at(-1)?.id ?? "";
  await expect
    .poll(async () => (await capped.client.jobs.waiting(last)).reason, { timeout: 60_000 })
    .toBe("share_full");
  // Between two of its tasks it is not.
  await expect
    .poll(async () => (await theirs.run("jobs", "waiting", last)).stdout, { timeout: 60_000 })
    .toMatch(/^Your tenant runs 1 of 1 tasks at once, all that it may/);

  const done = async (client: Client, jobs: readonly Job[]) => Promise.all(jobs.map(({ id }) => ended(client, id)));
  const [ofCapped, ofOther] = await Promise.all([done(capped.client, queued), done(other.client, others)]);
  expect([...ofCapped, ...ofOther].map(({ state }) => state)).toEqual(Array(14).fill("succeeded"));
  expect(mostAtOnce(ofCapped)).toBe(1);
  expect(mostAtOnce(ofOther)).toBeGreaterThanOrEqual(2);

  // Without the limit it has the whole fleet, where nobody else wants it.
  await admin.run("tenants", "update", capped.tenantId, "--max-running", "none");
  expect(mostAtOnce(await done(capped.client, await jobsOf(capped.client, 9)))).toBeGreaterThanOrEqual(2);
});
