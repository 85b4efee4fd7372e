import { env } from "cloudflare:workers";
import { limits } from "@reelway/shared/limits";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { receivedAt } from "../../test/support/received-webhooks.ts";
import { eventId } from "../src/events/event-id.ts";
import { insertEvent } from "../src/store/events.ts";
import { claimDelivery } from "../src/webhooks/claim.ts";
import { takeOn } from "../src/webhooks/deliver.ts";
import { sendWebhook } from "../src/webhooks/send.ts";
import { retryAt, settle } from "../src/webhooks/settle.ts";
import { sweepWebhooks } from "../src/webhooks/sweep-webhooks.ts";
import { problemOf } from "./support/assets.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";
import {
  api,
  auditOf,
  consume,
  createWebhook,
  database,
  deliverAll,
  deliveries,
  delivery,
  endpointOf,
  happens,
  makeDue,
  onlyDelivery,
  open,
  receiver,
  sent,
  setEndpoint,
} from "./support/webhooks.ts";

let admin: TestKey;
const newTenant = () => newTenantKey(admin);

beforeAll(async () => {
  admin = await bootstrapped();
});

vi.setConfig({ testTimeout: 30_000 });

describe("receivers that fail", () => {
  test("are tried again with growing waits, under the same id, until they take it", async () => {
    const key = await newTenant();
    const url = receiver("?fail=3");
    await createWebhook(key.secret, url);
    await happens(key.tenantId);
    const { id } = await onlyDelivery(key);
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 4; attempt++) {
      sent.length = 0;
      await makeDue(id);
      await consume([id]);
      const { state, dueAt, attempts } = await delivery(key.secret, id);
      expect([state, attempts]).toEqual([attempt < 4 ? "pending" : "delivered", attempt]);
      const message = sent.find(({ body }) => body.deliveryId === id);
      expect(message !== undefined).toBe(dueAt !== null);
      if (message) waits.push(message.delaySeconds);
    }
    expect(waits.map((wait, index) => wait * 1_000 <= (limits.webhookRetriesMs[index] ?? 0))).toEqual([
      true,
      true,
      true,
    ]);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[2]).toBeGreaterThan(90);
    const got = await receivedAt(url);
    expect(new Set(got.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(got.map(({ body }) => body)).size).toBe(1);
  });

  test("a delivery ends after its last attempt, after about a day", () => {
    const failed = {
      outcome: "failed",
      status: 500,
      retryAfterMs: null,
      headers: {},
      error: "",
      response: "",
      durationMs: 1,
    } as const;
    const all = limits.webhookRetriesMs.map((_, index) => retryAt(index + 1, failed, 0, 1) ?? 0);
    expect(all.reduce((sum, wait) => sum + wait, 0) / 3_600_000).toBeCloseTo(27.7, 1);
    expect(retryAt(limits.webhookRetriesMs.length + 1, failed, 0, 1)).toBeNull();
    expect(retryAt(1, { ...failed, status: 503, retryAfterMs: 60_000 }, 0, 1)).toBe(60_000);
    expect(retryAt(1, failed, 0, 0)).toBe(4_000);
  });

  test("410 Gone disables the endpoint, ends what is on its way, and is in the audit log", async () => {
    const key = await newTenant();
    const url = receiver("?status=410");
    const { id } = await createWebhook(key.secret, url);
    await happens(key.tenantId);
    await happens(key.tenantId);
    const [first] = await deliveries(key.secret);
    await consume([first?.id ?? ""]);
    expect(await endpointOf(key, id)).toMatchObject({
      state: "disabled",
      disabledReason: "The receiver answered 410 Gone",
    });
    await sweepWebhooks(open);
    expect((await deliveries(key.secret)).map(({ state }) => state)).toEqual(["failed", "failed"]);
    expect(await receivedAt(url)).toHaveLength(1);
    expect(await auditOf(key.tenantId, id)).toEqual(["webhook.create", "webhook.update"]);
    await happens(key.tenantId);
    expect(await deliveries(key.secret)).toHaveLength(2);
  });

  test("a redirect is a failure and nobody follows it; blocked URLs are never called", async () => {
    const key = await newTenant();
    const inside = receiver();
    const url = receiver(`?location=${encodeURIComponent(inside)}`);
    await createWebhook(key.secret, url);
    await happens(key.tenantId);
    const { id } = await onlyDelivery(key);
    await consume([id]);
    expect(await delivery(key.secret, id)).toMatchObject({ state: "pending", lastStatus: 302 });
    expect(await receivedAt(inside)).toEqual([]);
  });

  test("a URL that may not be called any more blocks the delivery, and nobody is called", async () => {
    const key = await newTenant();
    const url = receiver();
    await createWebhook(key.secret, url);
    await happens(key.tenantId);
    const { id } = await onlyDelivery(key);
    // This environment lets nobody call private addresses.
    const work = await takeOn(env, id);
    await work?.();
    expect(await delivery(key.secret, id)).toMatchObject({
      state: "blocked",
      attempts: 1,
      dueAt: null,
      lastStatus: null,
    });
    expect(await receivedAt(url)).toEqual([]);
  });

  test("a receiver that is busy says for how long, within bounds; others may not", async () => {
    const policy = { allowPrivate: true, ownHosts: [] };
    const waitAfter = async (how: string) =>
      (await sendWebhook({ url: receiver(how), headers: {}, body: "{}" }, policy)).retryAfterMs;
    expect(await waitAfter("?status=503&retryAfter=90")).toBe(90_000);
    expect(await waitAfter("?status=429&retryAfter=999999999")).toBe(limits.webhookRetryAfterMaxMs);
    const inTwoMinutes = new Date(Date.now() + 120_000).toUTCString();
    const asDate = (await waitAfter(`?status=503&retryAfter=${encodeURIComponent(inTwoMinutes)}`)) ?? 0;
    expect([asDate > 60_000, asDate <= 120_000]).toEqual([true, true]);
    expect(await waitAfter("?status=503&retryAfter=Thu,%2001%20Jan%202026%2000:00:00%20GMT")).toBe(0);
    expect(await waitAfter("?status=503&retryAfter=soon")).toBeNull();
    expect(await waitAfter("?status=500&retryAfter=90")).toBeNull();
  });

  test("an answer without an end is read for 4 KiB, one kept for ever is given up", async () => {
    const policy = { allowPrivate: true, ownHosts: [] };
    const endless = await sendWebhook({ url: receiver("?bytes=1000000000"), headers: {}, body: "{}" }, policy);
    expect(endless).toMatchObject({ outcome: "delivered", status: 200 });
    expect(endless.response).toHaveLength(limits.webhookResponseKept);
    expect(endless.durationMs).toBeLessThan(5_000);
    const silent = await sendWebhook({ url: receiver("?hang=1"), headers: {}, body: "{}" }, policy);
    expect(silent).toMatchObject({ outcome: "failed", status: null, error: "There was no answer within 10 seconds" });
    const nobody = await sendWebhook({ url: "http://127.0.0.1:9/", headers: {}, body: "{}" }, policy);
    expect(nobody).toMatchObject({ outcome: "failed", error: "The connection failed" });
  }, 20_000);

  test("an endpoint is paused after five failures in a row, tried by one at a time after that, and comes back by itself", async () => {
    const key = await newTenant();
    const url = receiver("?fail=6");
    const { id } = await createWebhook(key.secret, url);
    for (let index = 0; index < 9; index++) await happens(key.tenantId);
    const ids = (await deliveries(key.secret)).map((each) => each.id);
    await consume(ids.slice(0, 1));
    const paused = await endpointOf(key, id);
    expect(paused).toMatchObject({ state: "paused", failures: 5 });
    expect(paused.pausedUntil ?? 0).toBeLessThanOrEqual(Date.now() + limits.webhookPauseMs);
    expect(await receivedAt(url)).toHaveLength(5);
    await consume(ids);
    await sweepWebhooks(open);
    expect(await receivedAt(url)).toHaveLength(5);

    await setEndpoint(id, "pausedUntil = 1");
    await consume(ids.slice(0, 4));
    expect(await endpointOf(key, id)).toMatchObject({ state: "paused", failures: 6 });
    expect(await receivedAt(url)).toHaveLength(6);

    await setEndpoint(id, "pausedUntil = 1");
    for (const each of ids) await makeDue(each);
    await consume(ids.slice(0, 1));
    expect(await endpointOf(key, id)).toMatchObject({ state: "enabled", failures: 0, failingSince: null });
    // Whoever found it well again has gone on with all that was due there.
    expect((await deliveries(key.secret, "&state=delivered")).length).toBe(9);
    expect(await auditOf(key.tenantId, id)).toEqual(["webhook.create", "webhook.pause"]);
  });

  test("five days of nothing but failures disable it", async () => {
    const key = await newTenant();
    const { id } = await createWebhook(key.secret, receiver("?status=500"));
    await setEndpoint(
      id,
      `failures = 40, failingSince = ${Date.now() - limits.webhookDisableAfterMs}, pausedUntil = 1`,
    );
    await happens(key.tenantId);
    await consume([(await onlyDelivery(key)).id]);
    expect(await endpointOf(key, id)).toMatchObject({
      state: "disabled",
      disabledReason: "Every attempt failed for 5 days",
    });
    expect(await onlyDelivery(key)).toMatchObject({ state: "failed", attempts: 1 });
    const enabled = await api(key.secret, "PATCH", `/webhooks/${id}`, { enabled: true });
    expect(await enabled.json()).toMatchObject({ state: "enabled", failures: 0, disabledReason: null });
  });
});

describe("whatever is lost or comes twice", () => {
  test("with every message lost the sweep delivers", async () => {
    const key = await newTenant();
    const url = receiver();
    await createWebhook(key.secret, url);
    const events = [await happens(key.tenantId), await happens(key.tenantId), await happens(key.tenantId)];
    await sweepWebhooks(open);
    expect((await receivedAt(url)).map(({ headers }) => headers["webhook-id"]).sort()).toEqual(events.sort());
  });

  test("the same message ten times at once sends it once", async () => {
    const key = await newTenant();
    const url = receiver();
    await createWebhook(key.secret, url);
    await happens(key.tenantId);
    const { id } = await onlyDelivery(key);
    await Promise.all(Array.from({ length: 10 }, () => consume([id, id])));
    expect(await receivedAt(url)).toHaveLength(1);
  });

  test("whoever dies in the middle holds it for 30 seconds only; its late word changes nothing", async () => {
    const key = await newTenant();
    const url = receiver();
    const { id: webhookId } = await createWebhook(key.secret, url);
    await happens(key.tenantId);
    const { id } = await onlyDelivery(key);
    const lost = await claimDelivery(env, id, Date.now());
    expect(lost?.attempts).toBe(1);
    await sweepWebhooks(open);
    expect(await receivedAt(url)).toEqual([]);
    await sweepWebhooks(open, Date.now() + limits.webhookClaimMs + 1);
    // The claim in the sweep goes by the clock, so its time must have come.
    await env.DB.prepare("UPDATE webhook_deliveries SET dueAt = 1, claimedUntil = 1 WHERE id = ?").bind(id).run();
    await sweepWebhooks(open);
    expect(await receivedAt(url)).toHaveLength(1);
    expect(await delivery(key.secret, id)).toMatchObject({ state: "delivered", attempts: 2 });
    const attempt = {
      outcome: "failed",
      headers: {},
      status: 500,
      error: "",
      response: "",
      durationMs: 1,
      retryAfterMs: 0,
    } as const;
    if (!lost) throw new Error("not claimed");
    const late = await settle(env, lost, attempt, { now: Date.now(), random: 0, goesOn: false });
    expect(late.state).toBeUndefined();
    expect(await delivery(key.secret, id)).toMatchObject({ state: "delivered", lastStatus: 200 });
    expect(await endpointOf(key, webhookId)).toMatchObject({ failures: 0 });
  });

  test("a delivery whose sender was lost at the last attempt ends, and can be sent again", async () => {
    const key = await newTenant();
    const url = receiver();
    await createWebhook(key.secret, url);
    await happens(key.tenantId);
    const { id } = await onlyDelivery(key);
    await env.DB.prepare("UPDATE webhook_deliveries SET attempts = ?, dueAt = 1, claimedUntil = 1 WHERE id = ?")
      .bind(limits.webhookRetriesMs.length + 1, id)
      .run();
    await sweepWebhooks(open);
    expect(await delivery(key.secret, id)).toMatchObject({
      state: "failed",
      dueAt: null,
      lastError: "The last attempt was lost",
    });
    expect(await receivedAt(url)).toEqual([]);
    await api(key.secret, "POST", `/webhook-deliveries/${id}/redeliver`);
    await consume([id]);
    expect(await delivery(key.secret, id)).toMatchObject({ state: "delivered", attempts: 1 });
  });

  test("an event that is stored again makes no second delivery", async () => {
    const key = await newTenant();
    await createWebhook(key.secret, receiver());
    const at = Date.now();
    const event = {
      id: await eventId(at, "weur:0:7"),
      tenantId: key.tenantId,
      type: "job.started",
      at,
      jobId: null,
      data: {},
    } as const;
    for (let time = 0; time < 3; time++) await database.batch([insertEvent(database, event)]);
    expect(await deliveries(key.secret)).toHaveLength(1);
  });

  test("redelivery sends it again under the same id; not to a disabled endpoint", async () => {
    const key = await newTenant();
    const url = receiver();
    const { id: webhookId } = await createWebhook(key.secret, url);
    await happens(key.tenantId);
    await deliverAll(key);
    const { id } = await onlyDelivery(key);
    expect((await api(key.secret, "POST", `/webhook-deliveries/${id}/redeliver`)).status).toBe(202);
    await deliverAll(key);
    const got = await receivedAt(url);
    expect([got.length, new Set(got.map(({ headers }) => headers["webhook-id"])).size]).toEqual([2, 1]);
    await api(key.secret, "PATCH", `/webhooks/${webhookId}`, { enabled: false });
    expect(await problemOf(await api(key.secret, "POST", `/webhook-deliveries/${id}/redeliver`))).toEqual([
      409,
      "webhook_disabled",
    ]);
    expect(await problemOf(await api(key.secret, "POST", `/webhooks/${webhookId}/test`))).toEqual([
      409,
      "webhook_disabled",
    ]);
  });
});

test("while the Queue is away, the sweep delivers by itself", async () => {
  const key = await newTenant();
  const url = receiver();
  await createWebhook(key.secret, url);
  await happens(key.tenantId);
  const { id } = await onlyDelivery(key);
  const away = () => Promise.reject(new Error("away"));
  await expect(sweepWebhooks({ ...open, WEBHOOKS: { ...open.WEBHOOKS, sendBatch: away } })).rejects.toThrow("away");
  expect((await delivery(key.secret, id)).state).toBe("delivered");
});
