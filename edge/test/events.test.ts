import { env } from "cloudflare:workers";
import { EventsPage } from "@reelway/shared/contracts/event";
import type { ShardName } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { beforeAll, expect, test } from "vitest";
import { eventId } from "../src/events/event-id.ts";
import { forgetOldEvents } from "../src/events/forget-old-events.ts";
import { applyEvents } from "../src/projection/apply-events.ts";
import { api } from "./support/api.ts";
import { problemOf } from "./support/assets.ts";
import { seedJob } from "./support/fleet.ts";
import { queueEventsAfter } from "./support/queue-events.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";
import { happens } from "./support/webhooks.ts";

let admin: TestKey;
const newTenant = () => newTenantKey(admin);
beforeAll(async () => {
  admin = await bootstrapped();
});

let shards = 200;
/** A shard of the test's own, so that its sequence starts at 1. */
const newShard = (): ShardName => `enam:${shards++}`;

async function events(key: TestKey, query = "") {
  return EventsPage.parse(await (await api(`/events?${query}`, { key: key.secret })).json());
}

const eventOf = queueEventsAfter(1_700_000_000_000);
const output = (name: string) => ({
  name,
  role: "video",
  bytes: 7,
  contentType: "video/mp4",
  md5: "0".repeat(32),
  sha256: "0".repeat(64),
  etag: "e",
});

test("the projection tells each step of a job as it was at that moment, once however often it is repeated", async () => {
  const key = await newTenant();
  const { job } = await seedJob("enam", { tenantId: key.tenantId });
  await env.DB.prepare(`UPDATE jobs SET tags = '["a"]', metadata = '{"order":"7"}', preset = NULL WHERE id = ?`)
    .bind(job.id)
    .run();
  const shard = newShard();
  const program = { name: "ffmpeg", version: "7.1", command: "ffmpeg -i file:secret" } as const;
  const error = { code: "runner_lost", message: "gone", logTail: "secret words of ffmpeg", program } as const;
  const result = JSON.stringify({ outputs: [output("a.mp4"), output("b.mp4")], prefix: "t/x/1/" });
  const all = [
    eventOf(job, 1, "job.started"),
    eventOf(job, 2, "job.requeued", { error }),
    eventOf(job, 3, "job.started", { attempt: 2 }),
    eventOf(job, 4, "job.succeeded", { attempt: 2, result }),
  ];
  await Promise.all([
    applyEvents(env, shard, all.slice(0, 2)),
    applyEvents(env, shard, all),
    applyEvents(env, shard, all),
  ]);
  await applyEvents(env, shard, all);

  const { items, lastSequence } = await events(key);
  expect(items.map(({ type, data }) => [type, data.state, data.attempt])).toEqual([
    ["job.started", "running", 1],
    ["job.requeued", "queued", 1],
    ["job.started", "running", 2],
    ["job.succeeded", "succeeded", 2],
  ]);
  expect(items.map(({ id, at }) => [id, at])).toEqual(
    await Promise.all(all.map(async ({ at, sequence }) => [await eventId(at, `${shard}:${sequence}`), at])),
  );
  const echoed = {
    jobId: job.id,
    assetId: job.assetId,
    kind: "probe",
    region: "enam",
    run: 1,
    tags: ["a"],
    metadata: { order: "7" },
  };
  for (const { data } of items) expect(data).toMatchObject(echoed);
  expect(items[1]?.data.error).toEqual({ code: "runner_lost", message: "gone" });
  expect(items[3]?.data).toEqual({
    ...echoed,
    state: "succeeded",
    attempt: 2,
    outputs: ["a.mp4", "b.mp4"].map((name) => ({ name, role: "video", bytes: 7, contentType: "video/mp4" })),
    outputCount: 2,
  });
  expect(JSON.stringify(items)).not.toMatch(/t\/x|secret words|etag/);
  expect(lastSequence).toBe(items[3]?.sequence);
});

test("what changes no row is told to nobody: another run, no legal move", async () => {
  const key = await newTenant();
  const { job } = await seedJob("enam", { tenantId: key.tenantId });
  await env.DB.prepare("UPDATE jobs SET run = 2 WHERE id = ?").bind(job.id).run();
  await applyEvents(env, newShard(), [eventOf(job, 1, "job.canceled"), eventOf(job, 2, "job.succeeded", { run: 2 })]);
  expect((await events(key)).items).toEqual([]);
});

test("a success with thousands of outputs names some and counts all; one in an unknown form is told too", async () => {
  const key = await newTenant();
  const [{ job }, { job: strange }] = [
    await seedJob("enam", { tenantId: key.tenantId }),
    await seedJob("enam", { tenantId: key.tenantId }),
  ];
  const outputs = Array.from({ length: 3_000 }, (_, index) => output(`s${index}.m4s`));
  await applyEvents(env, newShard(), [
    eventOf(job, 1, "job.started"),
    eventOf(strange, 2, "job.started"),
    eventOf(job, 3, "job.succeeded", { result: JSON.stringify({ outputs, prefix: "t/x/" }) }),
    eventOf(strange, 4, "job.succeeded", { result: '{"files":[]}' }),
  ]);
  const { items } = await events(key, "type=job.succeeded");
  expect(items.map(({ data }) => [data.outputs?.length, data.outputCount])).toEqual([
    [limits.eventOutputs, 3_000],
    [undefined, undefined],
  ]);
});

test("from any point, oldest first, by type and by job; another tenant's are not there", async () => {
  const [key, stranger] = [await newTenant(), await newTenant()];
  const { job } = await seedJob("weur", { tenantId: key.tenantId });
  const ids: string[] = [];
  for (let index = 0; index < 5; index++)
    ids.push(await happens(key.tenantId, { type: index % 2 ? "asset.ready" : "job.failed" }));
  ids.push(await happens(key.tenantId, { type: "job.failed", jobId: job.id }));
  await happens(stranger.tenantId);

  const all = (await events(key)).items;
  expect(all.map(({ id }) => id)).toEqual(ids);
  const first = await events(key, "limit=2");
  expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(first.lastSequence).toBe(all.at(-1)?.sequence);
  expect((await events(key, `after=${first.items[1]?.sequence}`)).items.map(({ id }) => id)).toEqual(ids.slice(2));
  expect((await events(key, "type=asset.ready")).items.map(({ id }) => id)).toEqual([ids[1], ids[3]]);
  expect((await events(key, `jobId=${job.id}`)).items.map(({ id }) => id)).toEqual([ids[5]]);
  expect((await events(stranger, `jobId=${job.id}`)).items).toEqual([]);
  expect(await problemOf(await api("/events?after=-1", { key: key.secret }))).toEqual([422, "invalid_request"]);
  expect((await events(key, `after=${Number.MAX_SAFE_INTEGER}`)).items).toEqual([]);
});

test("events are kept for 30 days, and no longer", async () => {
  const key = await newTenant();
  const now = Date.now();
  // The oldest come first, as they do in life.
  await env.DB.prepare("DELETE FROM events").run();
  await happens(key.tenantId, { at: now - limits.eventRetentionMs - 1 });
  const kept = await happens(key.tenantId, { at: now - limits.eventRetentionMs + 60_000 });
  await forgetOldEvents(env, now);
  expect((await events(key)).items.map(({ id }) => id)).toEqual([kept]);
});

test("an event's id is made of its time and origin alone", async () => {
  const [a, b, c, d] = await Promise.all([
    eventId(5, "weur:0:1"),
    eventId(5, "weur:0:1"),
    eventId(5, "weur:0:2"),
    eventId(1_700_000_000_000, "weur:0:1"),
  ]);
  expect(a).toBe(b);
  expect(new Set([a, c, d]).size).toBe(3);
  expect(a < d).toBe(true);
});
