import { createExecutionContext, createMessageBatch, getQueueResult, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { limits } from "@reelway/shared/limits";
import { expect, test } from "vitest";
import { cancelJob, dispatchJob } from "../src/dispatch/dispatch.ts";
import { createLog } from "../src/http/log.ts";
import { handleQueue } from "../src/queues/consumer.ts";
import { handleScheduled, sweepOutbox } from "../src/queues/sweep.ts";
import { databaseOf } from "../src/store/database.ts";
import { deadMessages, outbox } from "../src/store/schema.ts";
import { jobRow, leaseOver, makeRunner, outboxRows, queueOf, seedJob } from "./support/fleet.ts";

const overdue = () => Date.now() - limits.outboxGraceMs - 1;

async function deliver(queue: string, bodies: unknown[]) {
  const messages = bodies.map((body, index) => ({
    id: `${queue}-${index}`,
    timestamp: new Date(1),
    attempts: 1,
    body,
  }));
  const batch = createMessageBatch(queue, messages);
  const context = createExecutionContext();
  await handleQueue(batch, env, context);
  return getQueueResult(batch, context);
}

test("the fast way has the queue take a job in, and only then drops the outbox row", async () => {
  const entry = await seedJob("enam");
  await dispatchJob(env, entry);
  expect(await outboxRows(entry.job.id)).toEqual([]);
  const [task] = await leaseOver(await makeRunner("enam"));
  expect(task).toMatchObject({ jobId: entry.job.id, epoch: 1, attempt: 1, spec: { kind: "probe" } });
});

test("jobs that come at the same moment go together, and none is left out", async () => {
  const labels = ["together"];
  const entries = await Promise.all(Array.from({ length: 12 }, () => seedJob("enam", { runnerLabels: labels })));
  await Promise.all(entries.map((entry) => dispatchJob(env, entry)));
  const ids = entries.map(({ job }) => job.id);
  expect((await Promise.all(ids.map(outboxRows))).flat()).toEqual([]);
  const tasks = await leaseOver(await makeRunner("enam", labels), { slots: 12 }, 12);
  expect(tasks.map(({ jobId }) => jobId).sort()).toEqual(ids.sort());
});

test("one that can't be delivered takes none of those down that went with it", async () => {
  const labels = ["with-a-bad-one"];
  const good = await Promise.all(Array.from({ length: 3 }, () => seedJob("weur", { runnerLabels: labels })));
  const bad = await seedJob("weur");
  await Promise.all([...good, { ...bad, inputs: [] }].map((entry) => dispatchJob(env, entry)));
  const rows = () => Promise.all([...good, bad].map(async ({ job }) => (await outboxRows(job.id)).length));
  // What had to be left to the region's Queue comes by it, each by itself; the bad row has its assets there.
  await expect.poll(rows, { timeout: 60_000 }).toEqual([0, 0, 0, 0]);
  const tasks = await leaseOver(await makeRunner("weur", labels), { slots: 3 }, 3);
  expect(tasks.map(({ jobId }) => jobId).sort()).toEqual(good.map(({ job }) => job.id).sort());
  await cancelJob(env, bad.outboxId, bad.job);
});

test("a job is delivered by its message, however often it comes, and once", async () => {
  const { outboxId, job } = await seedJob("weur");
  const first = await deliver("reelway-jobs-weur", [{ outboxId }, { outboxId }]);
  const again = await deliver("reelway-jobs-weur", [{ outboxId }]);
  expect(first.explicitAcks).toHaveLength(2);
  expect(again.explicitAcks).toHaveLength(1);
  const tasks = await leaseOver(await makeRunner("weur"), { slots: 5 }, 5);
  expect(tasks.map(({ jobId }) => jobId)).toEqual([job.id]);
});

test("with every message lost, the sweep brings a job to its queue", async () => {
  const { job } = await seedJob("apac", { outboxAt: overdue() });
  await handleScheduled(env);
  expect(await outboxRows(job.id)).toEqual([]);
  const [task] = await leaseOver(await makeRunner("apac"));
  expect(task?.jobId).toBe(job.id);
});

test("the sweep leaves alone what may still be on its way", async () => {
  const { job } = await seedJob("apac");
  await handleScheduled(env);
  expect(await outboxRows(job.id)).toHaveLength(1);
});

test("a job cancelled before it reached its queue never starts", async () => {
  const entry = await seedJob("enam", { outboxAt: overdue() });
  const [row] = await databaseOf(env)
    .insert(outbox)
    .values({ jobId: entry.job.id, run: 1, action: "cancel", shard: entry.job.shard, createdAt: 1, sentAt: Date.now() })
    .returning();
  expect(await cancelJob(env, row?.id ?? 0, entry.job)).toBe("canceled");
  expect(await jobRow(entry.job.id)).toMatchObject({ state: "canceled", attempt: 0 });

  await handleScheduled(env);
  expect(await outboxRows(entry.job.id)).toEqual([]);
  expect(await leaseOver(await makeRunner("enam"))).toEqual([]);
});

test("a cancel that was lost is carried on by the sweep, and shows in D1", async () => {
  const entry = await seedJob("enam");
  await dispatchJob(env, entry);
  await databaseOf(env)
    .insert(outbox)
    .values({ jobId: entry.job.id, run: 1, action: "cancel", shard: entry.job.shard, createdAt: 1, sentAt: overdue() });
  await handleScheduled(env);
  expect(await outboxRows(entry.job.id)).toEqual([]);
  expect(await jobRow(entry.job.id)).toMatchObject({ state: "canceled" });
});

test("a message that names no row is done; one that is not understood comes back", async () => {
  const { explicitAcks, retryMessages } = await deliver("reelway-jobs-enam", [{ outboxId: 999_999 }, { what: 1 }]);
  expect(explicitAcks).toEqual(["reelway-jobs-enam-0"]);
  expect(retryMessages.map(({ msgId }) => msgId)).toEqual(["reelway-jobs-enam-1"]);
});

test("one entry that fails comes back alone", async () => {
  const good = await seedJob("weur");
  const bad = await seedJob("weur");
  // A row that no code of ours would write: its delivery throws.
  await env.DB.prepare("UPDATE jobs SET runnerLabels = 'null' WHERE id = ?").bind(bad.job.id).run();
  const { explicitAcks, retryMessages } = await deliver("reelway-jobs-weur", [
    { outboxId: bad.outboxId },
    { outboxId: good.outboxId },
  ]);
  expect(explicitAcks).toEqual(["reelway-jobs-weur-1"]);
  expect(retryMessages).toHaveLength(1);
  expect(await outboxRows(good.job.id)).toEqual([]);
  expect(await outboxRows(bad.job.id)).toHaveLength(1);
  await cancelJob(env, good.outboxId, good.job);
});

test("dead messages are in D1 at once, and once", async () => {
  await deliver("reelway-jobs-enam-dead", [{ outboxId: 7 }]);
  await deliver("reelway-jobs-enam-dead", [{ outboxId: 7 }]);
  const rows = await databaseOf(env).select().from(deadMessages);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ queue: "reelway-jobs-enam-dead", body: '{"outboxId":7}', attempts: 1 });
});

test("the sweep lets time pass on every shard: a lost alarm loses no lease for ever", async () => {
  const entry = await seedJob("weur");
  await dispatchJob(env, entry);
  const [task] = await leaseOver(await makeRunner("weur"));
  await runInDurableObject(queueOf("weur"), (_, { storage }) => loseAlarmAndLease(storage, task?.taskId));
  await handleScheduled(env);
  expect(await jobRow(entry.job.id)).toMatchObject({ state: "queued", attempt: 1 });
});

/** The lease has just run out, and no alarm is set to notice. */
async function loseAlarmAndLease(storage: DurableObjectStorage, taskId = "") {
  const past = Date.now() - 1;
  storage.sql.exec("UPDATE tasks SET lease_expires_at = ?, due_at = ? WHERE task_id = ?", past, past, taskId);
  await storage.deleteAlarm();
}

test("while the Queue of a region is away, the sweep still delivers its own share, and tells of it", async () => {
  const { job } = await seedJob("apac", { outboxAt: 1 });
  const others = limits.outboxPerSweep + 5;
  await env.DB.prepare(
    `INSERT INTO outbox (jobId, run, action, shard, createdAt, sentAt)
      SELECT 'job_none' || value, 1, 'enqueue', 'enam:0', 2, 2 FROM json_each(?)`,
  )
    .bind(JSON.stringify(Array.from({ length: others }, (_, index) => index)))
    .run();
  const away = () => Promise.reject(new Error("away"));
  const queue = { ...env.JOBS_ENAM, send: away, sendBatch: away };
  const swept = sweepOutbox({ ...env, JOBS_ENAM: queue }, Date.now(), createLog());
  await expect(swept).rejects.toThrow("away");
  expect(await outboxRows(job.id)).toEqual([]);
  const [task] = await leaseOver(await makeRunner("apac"));
  expect(task?.jobId).toBe(job.id);
  await env.DB.prepare("DELETE FROM outbox WHERE jobId LIKE 'job_none%'").run();
});
