import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { ShardName } from "@reelway/shared/ids";
import { expect, test } from "vitest";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import { projectShard } from "../src/projection/project.ts";
import { handleScheduled } from "../src/queues/sweep.ts";
import { jobRow, leaseOver, makeRunner, queueOf, seedJob } from "./support/fleet.ts";

type Region = "enam" | "weur" | "apac";

/** The rows that a dump of this moment would hold of a job and its shard; calling it puts them back. */
async function dump(jobId: string, shard: ShardName): Promise<() => Promise<void>> {
  const job = await jobRow(jobId);
  const cursor = await cursorOf(shard);
  return async () => {
    await env.DB.batch([
      env.DB.prepare("DELETE FROM events WHERE jobId = ?").bind(jobId),
      env.DB.prepare(
        "UPDATE jobs SET state = ?, attempt = ?, startedAt = ?, finishedAt = ?, updatedAt = ? WHERE id = ?",
      ).bind(job.state, job.attempt, job.startedAt, job.finishedAt, job.updatedAt, jobId),
      cursor === 0
        ? env.DB.prepare("DELETE FROM shard_cursors WHERE shard = ?").bind(shard)
        : env.DB.prepare("UPDATE shard_cursors SET lastSequence = ? WHERE shard = ?").bind(cursor, shard),
    ]);
  };
}

async function cursorOf(shard: ShardName): Promise<number> {
  const statement = env.DB.prepare("SELECT lastSequence FROM shard_cursors WHERE shard = ?").bind(shard);
  return (await statement.first<number>("lastSequence")) ?? 0;
}

/** A job that ran and ended after a dump was made, all of it acknowledged. */
async function endedAfterDump(region: Region) {
  const shard: ShardName = `${region}:0`;
  const entry = await seedJob(region);
  await dispatchJob(env, entry);
  await projectShard(env, shard);
  const putBack = await dump(entry.job.id, shard);
  await leaseOver(await makeRunner(region));
  const { id: jobId, tenantId, run } = entry.job;
  await queueOf(region).cancel({ jobId, tenantId, run });
  await projectShard(env, shard);
  expect((await queueOf(region).counts()).unacknowledgedEvents).toBe(0);
  return { jobId, shard, putBack, ended: await jobRow(jobId), cursor: await cursorOf(shard) };
}

const typesOf = async (jobId: string) => {
  const { results } = await env.DB.prepare("SELECT type FROM events WHERE jobId = ? ORDER BY at, sequence")
    .bind(jobId)
    .all<{ type: string }>();
  return results.map(({ type }) => type);
};

test("an older database that was put back catches up by the next sweep, though nothing new happens", async () => {
  const { jobId, shard, putBack, ended, cursor } = await endedAfterDump("enam");
  await putBack();
  expect((await jobRow(jobId)).state).toBe("queued");
  await handleScheduled(env);
  expect(await jobRow(jobId)).toEqual(ended);
  expect(await cursorOf(shard)).toBe(cursor);
  expect(await typesOf(jobId)).toEqual(["job.started", "job.canceled"]);
});

test("what is new waits for what was replayed: no event is passed over", async () => {
  const { jobId, shard, putBack, ended } = await endedAfterDump("weur");
  await putBack();
  const next = await seedJob("weur");
  await dispatchJob(env, next);
  await leaseOver(await makeRunner("weur"));
  await projectShard(env, shard);
  expect(await jobRow(jobId)).toEqual(ended);
  expect(await jobRow(next.job.id)).toMatchObject({ state: "running" });
});

test("where the queue no longer has the events, what is new is shown all the same", async () => {
  const { jobId, shard, putBack } = await endedAfterDump("apac");
  await putBack();
  await runInDurableObject(queueOf("apac"), (_, { storage }) => {
    storage.sql.exec("DELETE FROM events WHERE sequence <= (SELECT sequence FROM acknowledged)");
  });
  const next = await seedJob("apac");
  await dispatchJob(env, next);
  await leaseOver(await makeRunner("apac"));
  await projectShard(env, shard);
  expect(await jobRow(jobId)).toMatchObject({ state: "queued" });
  expect(await jobRow(next.job.id)).toMatchObject({ state: "running" });
});
