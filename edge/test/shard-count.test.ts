import { env } from "cloudflare:workers";
import type { ShardName } from "@reelway/shared/ids";
import { shardsOf } from "@reelway/shared/shards";
import { eq, inArray } from "drizzle-orm";
import { expect, test } from "vitest";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import { beat } from "../src/leases/heartbeat.ts";
import { queueStub } from "../src/objects/region-queue-stub.ts";
import { handleScheduled } from "../src/queues/sweep.ts";
import { allShards } from "../src/regions/live-shards.ts";
import { settingsOf } from "../src/settings.ts";
import { databaseOf } from "../src/store/database.ts";
import { jobs, outbox } from "../src/store/schema.ts";
import { description, seedJob } from "./support/fleet.ts";
import { ask, background, context, finish, runnerAt } from "./support/shards.ts";

const database = databaseOf(env);
const region = "weur";
const slots = 32;

async function jobIn(shard: ShardName): Promise<string> {
  const entry = await seedJob(region);
  await database.update(jobs).set({ shard }).where(eq(jobs.id, entry.job.id));
  await database.update(outbox).set({ shard }).where(eq(outbox.jobId, entry.job.id));
  await dispatchJob(env, { ...entry, job: { ...entry.job, shard } });
  return entry.job.id;
}

test("one shard, then four, then two: what is held is kept at every change, and all is done, each once", {
  timeout: 60_000,
}, async () => {
  const made: string[] = [];
  for (const shards of [1, 4, 2])
    for (let round = 0; round < 8 / shards; round++)
      for (const shard of shardsOf(region, shards)) made.push(await jobIn(shard));

  const runner = runnerAt("weur:0", 1);
  const held: Awaited<ReturnType<typeof ask>> = [];
  for (const [shards, next] of [
    [1, 4],
    [4, 2],
    [2, 1],
  ] as const) {
    const tasks = await ask(runner, { shards, max: 6, slots });
    expect(tasks).toHaveLength(6);
    held.push(...tasks);
    const leases = held.map(({ taskId, epoch }) => ({ taskId, epoch }));
    const { verdicts } = await beat(context(next), runner, { runner: { ...description, slots }, leases });
    expect(verdicts.filter(({ verdict }) => verdict === "keep")).toHaveLength(held.length);
  }
  const other = runnerAt("weur:1", 2);
  const rest = await ask(other, { shards: 2, max: slots });
  for (const task of held) expect(await finish(task, runner.id)).toBe("completed");
  for (const task of rest) expect(await finish(task, other.id)).toBe("completed");
  expect([...held, ...rest].map(({ jobId }) => jobId).sort()).toEqual(made.sort());

  // Former shards are looked after too: their last events reach D1 by the sweep of a Worker that has one shard set.
  await Promise.all(background);
  expect(await allShards(env, { ...settingsOf(env), queueShards: 1 })).toEqual(
    expect.arrayContaining(shardsOf(region, 4)),
  );
  await handleScheduled(env);
  const rows = await database.select().from(jobs).where(inArray(jobs.id, made));
  expect(rows.map(({ state, attempt, run }) => [state, attempt, run])).toEqual(made.map(() => ["succeeded", 1, 1]));
  for (const shard of shardsOf(region, 4))
    expect(await queueStub(env, shard).counts()).toMatchObject({ ready: 0, leased: 0, unacknowledgedEvents: 0 });
});
