import { env } from "cloudflare:workers";
import { limits } from "@reelway/shared/limits";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { receivedAt } from "../../test/support/received-webhooks.ts";
import { claimDelivery } from "../src/webhooks/claim.ts";
import { takeOn } from "../src/webhooks/deliver.ts";
import { settle } from "../src/webhooks/settle.ts";
import { sweepWebhooks } from "../src/webhooks/sweep-webhooks.ts";
import { seedJob } from "./support/fleet.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";
import {
  consume,
  createWebhook,
  deliveries,
  happens,
  onlyDelivery,
  open,
  receiver,
  sent,
  setJobUrl,
  setProvedJobUrl,
} from "./support/webhooks.ts";

let admin: TestKey;
const newTenant = () => newTenantKey(admin);

vi.setConfig({ testTimeout: 60_000 });
beforeAll(async () => {
  admin = await bootstrapped();
});

describe("many at once", () => {
  test("no more than five go to one host of a tenant at once, and all arrive", async () => {
    const key = await newTenant();
    const url = receiver();
    await createWebhook(key.secret, url);
    for (let index = 0; index < 12; index++) await happens(key.tenantId);
    const ids = (await deliveries(key.secret)).map(({ id }) => id);
    const claims = await Promise.all(ids.map((id) => claimDelivery(env, id, Date.now())));
    expect(claims.filter((claimed) => claimed).length).toBe(limits.webhooksPerHostAtOnce);
    await env.DB.prepare("UPDATE webhook_deliveries SET dueAt = 1, claimedUntil = NULL WHERE tenantId = ?")
      .bind(key.tenantId)
      .run();
    // One message is enough: whoever sends goes on with the next.
    await consume(ids.slice(0, 1));
    expect(await receivedAt(url)).toHaveLength(12);
  });

  test("a long row of deliveries is cut, and goes on by message", async () => {
    const key = await newTenant();
    const url = receiver();
    await createWebhook(key.secret, url);
    await Promise.all(Array.from({ length: 80 }, () => happens(key.tenantId)));
    const [first] = await deliveries(key.secret);
    sent.length = 0;
    await consume([first?.id ?? ""]);
    expect(await receivedAt(url)).toHaveLength(75);
    const pending = (await deliveries(key.secret, "&state=pending")).map(({ id }) => id);
    const [next] = sent.map(({ body }) => body.deliveryId).filter((id) => pending.includes(id));
    expect(pending).toHaveLength(5);
    await consume([next ?? ""]);
    expect(await receivedAt(url)).toHaveLength(80);
  });

  test("a Queue that takes no messages breaks no row of deliveries", async () => {
    const key = await newTenant();
    const url = receiver("?fail=2");
    await createWebhook(key.secret, url);
    for (let index = 0; index < 3; index++) await happens(key.tenantId);
    const [first] = await deliveries(key.secret);
    const away = { ...open.WEBHOOKS, send: () => Promise.reject(new Error("the Queue is away")) };
    const work = await takeOn({ ...open, WEBHOOKS: away }, first?.id ?? "");
    await work?.();
    expect(await receivedAt(url)).toHaveLength(3);
  });

  test("a receiver that never answers holds up nobody else", async () => {
    const [slow, quick] = [await newTenant(), await newTenant()];
    await createWebhook(slow.secret, receiver("?hang=1"));
    const url = receiver();
    await createWebhook(quick.secret, url.replace("127.0.0.1", "localhost"));
    for (let index = 0; index < 20; index++) await happens(slow.tenantId);
    await happens(quick.tenantId);
    const hanging = consume((await deliveries(slow.secret)).map(({ id }) => id).slice(0, 3));
    const startedAt = Date.now();
    await consume([(await onlyDelivery(quick)).id]);
    expect(await receivedAt(url)).toHaveLength(1);
    expect(Date.now() - startedAt).toBeLessThan(limits.webhookTimeoutMs / 2);
    // The sweep too: it takes one of each host before the second of any.
    await happens(quick.tenantId);
    const sweep = sweepWebhooks(open);
    await expect.poll(async () => (await receivedAt(url)).length, { timeout: 60_000 }).toBe(2);
    await Promise.all([hanging, sweep]);
  });

  test("jobs' own URLs, which nobody pauses, leave room for endpoints; and who finds the tenant busy is not forgotten", async () => {
    const key = await newTenant();
    const at = (host: string) => receiver().replace("127.0.0.1", host);
    const { job } = await seedJob("enam", { tenantId: key.tenantId });
    const urls = ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"].map(at);
    for (const url of urls) await setProvedJobUrl(key, job.id, url);
    for (const host of ["127.0.1.1", "127.0.1.2"]) await createWebhook(key.secret, at(host), { events: ["job.moved"] });
    const { id: late } = await createWebhook(key.secret, at("127.0.1.3"), { events: ["asset.ready"] });
    for (const url of urls) {
      await setJobUrl(job.id, url);
      for (let index = 0; index < 5; index++) await happens(key.tenantId, { jobId: job.id });
    }
    const claimAll = async () => {
      const pending = await deliveries(key.secret, "&state=pending");
      const claims = await Promise.all(pending.map(({ id }) => claimDelivery(env, id, Date.now())));
      return claims.filter((claimed) => claimed !== null && claimed !== undefined);
    };
    expect(await claimAll()).toHaveLength(limits.webhooksOfJobsAtOnce);

    for (let index = 0; index < 5; index++) await happens(key.tenantId, { type: "job.moved" });
    const [busy] = await claimAll();
    await happens(key.tenantId, { type: "asset.ready" });
    expect(await claimAll()).toEqual([]);

    // There is no other delivery of this host; the tenant's next one is of a host that nothing is sent to.
    if (!busy) throw new Error("not claimed");
    const settled = await settle(env, busy, succeeded, { now: Date.now(), random: 0, goesOn: true });
    expect(settled).toMatchObject({ state: "delivered", next: { endpointId: late } });
  });

  test("in a crowd a host that failed makes way for others; one that answered goes on with its own", async () => {
    const key = await newTenant();
    const at = (host: string) => receiver().replace("127.0.0.1", host);
    const { job } = await seedJob("enam", { tenantId: key.tenantId });
    const urls = ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"].map(at);
    for (const url of urls) await setProvedJobUrl(key, job.id, url);
    for (const url of urls) {
      await setJobUrl(job.id, url);
      for (let index = 0; index < 7; index++) await happens(key.tenantId, { jobId: job.id });
    }
    const oldestFirst = (await deliveries(key.secret, "&state=pending")).toReversed();
    const claims = [];
    for (const { id } of oldestFirst) claims.push(await claimDelivery(env, id, Date.now()));
    const [answers, fails] = claims.filter((claimed) => claimed !== undefined);
    if (!answers || !fails) throw new Error("not claimed");
    expect(fails.host).toBe(answers.host);
    const when = { now: Date.now(), random: 0, goesOn: true };
    expect((await settle(env, answers, succeeded, when)).next?.host).toBe(answers.host);
    const failed = { ...succeeded, outcome: "failed", status: 500 } as const;
    expect((await settle(env, fails, failed, when)).next?.host).not.toBe(fails.host);
  });
});

const succeeded = {
  outcome: "delivered",
  headers: {},
  status: 200,
  error: null,
  response: "",
  durationMs: 1,
  retryAfterMs: null,
} as const;
