import { env } from "cloudflare:workers";
import type { Job } from "@reelway/shared/contracts/job";
import { WebhookPayload, WebhookWithSecret } from "@reelway/shared/contracts/webhook";
import { limits } from "@reelway/shared/limits";
import { Webhook as Verifier, WebhookVerificationError } from "standardwebhooks";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { receivedAt } from "../../test/support/received-webhooks.ts";
import { eventId } from "../src/events/event-id.ts";
import { settingsOf } from "../src/settings.ts";
import { webhookUrlOf } from "../src/webhooks/webhook-url.ts";
import { call as plainCall } from "./support/api.ts";
import { problemOf } from "./support/assets.ts";
import { seedJob } from "./support/fleet.ts";
import { bootstrapped, newKey, newTenantKey, type TestKey } from "./support/tenants.ts";
import {
  api,
  auditOf,
  consume,
  createUnproved,
  createWebhook,
  deliverAll,
  deliveries,
  delivery,
  endpointOf,
  happens,
  onlyDelivery,
  receiver,
  setEndpoint,
  setJobUrl,
} from "./support/webhooks.ts";

let admin: TestKey;
const newTenant = () => newTenantKey(admin);

beforeAll(async () => {
  admin = await bootstrapped();
});

describe("what a receiver gets", () => {
  test("the form of Standard Webhooks, signed so that its library is satisfied", async () => {
    const key = await newTenant();
    const url = receiver("?token=of-the-receiver");
    const { id: webhookId, secret } = await createWebhook(key.secret, url);
    const eventId = await happens(key.tenantId, { data: { state: "failed", metadata: { order: "ä 7" } } });
    await consume([(await onlyDelivery(key)).id]);

    const [got] = await receivedAt(url);
    if (!got) throw new Error("nothing came");
    const payload = WebhookPayload.parse(new Verifier(secret).verify(got.body, got.headers));
    expect(payload).toMatchObject({ type: "job.failed", data: { state: "failed", metadata: { order: "ä 7" } } });
    expect(got.headers["webhook-id"]).toBe(eventId);
    expect(got.headers["content-type"]).toBe("application/json");
    expect(() => new Verifier(secret).verify(`${got.body} `, got.headers)).toThrow(WebhookVerificationError);

    const { items } = await (await api(key.secret, "GET", "/events?type=job.failed")).json<{
      items: unknown[];
    }>();
    expect(items).toMatchObject([{ id: eventId, sequence: payload.sequence, at: Date.parse(payload.timestamp) }]);
    expect(await delivery(key.secret, (await onlyDelivery(key)).id)).toMatchObject({
      webhookId,
      state: "delivered",
      attempts: 1,
      lastStatus: 200,
      response: "thanks",
      request: { body: got.body, headers: { "webhook-signature": got.headers["webhook-signature"] } },
    });
  });

  test("the log shows the very bytes that were signed", async () => {
    const key = await newTenant();
    const { secret } = await createWebhook(key.secret, receiver());
    // JavaScript would put the 7 first.
    await env.DB.prepare(
      `INSERT INTO events (id, tenantId, type, at, data) VALUES (?, ?, 'asset.ready', ?, '{"metadata":{"b":"1","7":"2"}}')`,
    )
      .bind(await eventId(Date.now(), crypto.randomUUID()), key.tenantId, Date.now())
      .run();
    const { id } = await onlyDelivery(key);
    await consume([id]);
    const { request } = await delivery(key.secret, id);
    new Verifier(secret).verify(request?.body ?? "", request?.headers ?? {});
  });

  test("a host is one host, whoever writes it and whichever way its URL was given", async () => {
    const key = await newTenant();
    const hosts = async () => {
      const rows = env.DB.prepare("SELECT host FROM webhook_deliveries WHERE tenantId = ? AND dueAt IS NOT NULL").bind(
        key.tenantId,
      );
      return (await rows.all<{ host: string }>()).results.map(({ host }) => host);
    };
    const many = (count: number) => Array<string>(count).fill("hooks.example.com");
    const given = ["https://Hooks.Example.com:443/a", "https://hooks.example.com.:0443?a=1"] as const;
    const { id } = await createUnproved(key.secret, given[0]);
    const { job } = await seedJob("enam", { tenantId: key.tenantId });
    const url = webhookUrlOf(settingsOf(env), `${given[1]}#part`, "webhookUrl");
    expect(url).toBe("https://hooks.example.com/?a=1");
    await setJobUrl(job.id, url);
    await happens(key.tenantId, { jobId: job.id });
    // The event to each, and what asks each for a proof.
    expect(await hosts()).toEqual(many(4));
    for (const url of given) {
      expect((await api(key.secret, "PATCH", `/webhooks/${id}`, { url })).status).toBe(200);
      expect(await hosts()).toEqual(many(4));
    }
    await api(key.secret, "POST", `/webhooks/${id}/test`);
    expect(await hosts()).toEqual(many(5));
  });

  test("only the types it asked for, and nothing of another tenant", async () => {
    const [key, stranger] = [await newTenant(), await newTenant()];
    const url = receiver();
    await createWebhook(key.secret, url, { events: ["job.succeeded", "asset.ready"] });
    await happens(key.tenantId, { type: "job.started" });
    await happens(stranger.tenantId, { type: "job.succeeded" });
    const wanted = await happens(key.tenantId, { type: "asset.ready" });
    await deliverAll(key);
    expect((await receivedAt(url)).map(({ headers }) => headers["webhook-id"])).toEqual([wanted]);
    expect(await deliveries(stranger.secret)).toEqual([]);
  });

  test("after a rotation two signatures, until the old secret's time is over", async () => {
    const key = await newTenant();
    const url = receiver();
    const { id, secret: before } = await createWebhook(key.secret, url);
    const rotated = WebhookWithSecret.parse(
      await (await api(key.secret, "POST", `/webhooks/${id}/rotate-secret`)).json(),
    );
    await happens(key.tenantId);
    await deliverAll(key);
    await setEndpoint(id, "previousSecretUntil = 1");
    await happens(key.tenantId);
    await deliverAll(key);

    const [both, one] = await receivedAt(url);
    if (!both || !one) throw new Error("two were sent");
    expect(both.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    for (const secret of [before, rotated.secret ?? ""]) new Verifier(secret).verify(both.body, both.headers);
    new Verifier(rotated.secret ?? "").verify(one.body, one.headers);
    expect(() => new Verifier(before).verify(one.body, one.headers)).toThrow(WebhookVerificationError);
  });

  test("a job's own webhookUrl is told all of that job, signed with the tenant's job secret", async () => {
    const key = await newTenant();
    const { job } = await seedJob("enam", { tenantId: key.tenantId });
    const { job: other } = await seedJob("enam", { tenantId: key.tenantId });
    const url = receiver();
    await setJobUrl(job.id, url);
    const events = [
      await happens(key.tenantId, { type: "job.created", jobId: job.id }),
      await happens(key.tenantId, { type: "job.started", jobId: job.id }),
    ];
    await happens(key.tenantId, { type: "job.created", jobId: other.id });
    await deliverAll(key);
    const { secret } = await (await api(key.secret, "GET", "/webhooks/job-secret")).json<{ secret: string }>();
    const got = await receivedAt(url);
    expect(got.map(({ headers }) => headers["webhook-id"]).sort()).toEqual(events.sort());
    for (const { body, headers } of got) new Verifier(secret).verify(body, headers);
    const stranger = await newTenant();
    const { secret: theirs } = await (await api(stranger.secret, "GET", "/webhooks/job-secret")).json<{
      secret: string;
    }>();
    expect(theirs).not.toBe(secret);
  });

  test("a test goes to the one endpoint only, and once for an Idempotency-Key", async () => {
    const key = await newTenant();
    const [tested, other] = [receiver(), receiver()];
    const { id } = await createWebhook(key.secret, tested);
    await createWebhook(key.secret, other);
    const ask = () => api(key.secret, "POST", `/webhooks/${id}/test`, undefined, { "idempotency-key": "once" });
    const answers = await Promise.all(Array.from({ length: 10 }, ask));
    const ids = await Promise.all(answers.map(async (answer) => (await answer.json<{ id: string }>()).id));
    expect([answers.map(({ status }) => status), new Set(ids).size]).toEqual([Array(10).fill(202), 1]);
    await deliverAll(key);
    const [got] = await receivedAt(tested);
    expect(JSON.parse(got?.body ?? "")).toMatchObject({ type: "webhook.test", data: { webhookId: id } });
    expect(await receivedAt(tested)).toHaveLength(1);
    expect(await receivedAt(other)).toEqual([]);
  });
});

describe("who may see and do what", () => {
  test("secrets are shown once, and stand nowhere in clear", async () => {
    const key = await newTenant();
    const { id, secret } = await createWebhook(key.secret, receiver());
    for (const path of ["/webhooks", `/webhooks/${id}`, "/webhook-deliveries"])
      expect(await (await api(key.secret, "GET", path)).text()).not.toContain("whsec_");
    const row = await env.DB.prepare("SELECT * FROM webhook_endpoints WHERE id = ?").bind(id).first();
    expect(JSON.stringify(row)).not.toContain(secret.slice("whsec_".length));
    const body = { url: receiver() };
    const headers = { "idempotency-key": "k" };
    const first = await (await api(key.secret, "POST", "/webhooks", body, headers)).json<{
      id: string;
      secret: string;
    }>();
    const again = await api(key.secret, "POST", "/webhooks", body, headers);
    expect(await again.json()).toMatchObject({ id: first.id, secret: null });
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect((await auditOf(key.tenantId, id)).length).toBe(1);
  });

  test("a sealed secret that is moved to another endpoint's row opens no more, and nothing is sent unsigned", async () => {
    const key = await newTenant();
    const url = receiver();
    const { id: from } = await createWebhook(key.secret, receiver(), { events: ["asset.ready"] });
    const { id: to } = await createWebhook(key.secret, url, { events: ["job.failed"] });
    const moved = `encryptedSecret = (SELECT encryptedSecret FROM webhook_endpoints WHERE id = '${from}')`;
    await setEndpoint(to, moved);
    await happens(key.tenantId);
    const { id } = await onlyDelivery(key);
    await consume([id]);
    expect(await delivery(key.secret, id)).toMatchObject({
      state: "pending",
      lastError: "The endpoint's secret can't be opened: rotate it",
    });
    expect(await receivedAt(url)).toEqual([]);
  });

  test("another tenant's endpoints and deliveries are like none", async () => {
    const [key, stranger] = [await newTenant(), await newTenant()];
    const { id } = await createWebhook(key.secret, receiver());
    await happens(key.tenantId);
    const { id: deliveryId } = await onlyDelivery(key);
    const routes: [string, string, unknown?][] = [
      ["GET", `/webhooks/${id}`],
      ["PATCH", `/webhooks/${id}`, { enabled: false }],
      ["DELETE", `/webhooks/${id}`],
      ["POST", `/webhooks/${id}/rotate-secret`],
      ["POST", `/webhooks/${id}/test`],
      ["GET", `/webhook-deliveries/${deliveryId}`],
      ["POST", `/webhook-deliveries/${deliveryId}/redeliver`],
    ];
    for (const [method, path, body] of routes)
      expect([path, await problemOf(await api(stranger.secret, method, path, body))]).toEqual([
        path,
        [404, "not_found"],
      ]);
    expect(await deliveries(stranger.secret, `&webhookId=${id}`)).toEqual([]);
    expect(await endpointOf(key, id)).toMatchObject({ state: "enabled", previousSecretUntil: null });
    expect(await auditOf(stranger.tenantId, id)).toEqual([]);
  });

  test("a viewer reads events and no webhooks; a member may make them", async () => {
    const key = await newTenant();
    const viewer = await newKey(key, { name: "viewer", role: "viewer" });
    const member = await newKey(key, { name: "member", role: "member" });
    expect((await api(viewer.secret, "GET", "/events")).status).toBe(200);
    for (const path of ["/webhooks", "/webhooks/job-secret", "/webhook-deliveries"])
      expect((await api(viewer.secret, "GET", path)).status).toBe(403);
    expect((await api(member.secret, "POST", "/webhooks", { url: receiver() })).status).toBe(201);
  });

  test("where a job calls is shown to those alone who may see webhooks, in every answer that has the job", async () => {
    const key = await newTenant();
    const webhookUrl = "https://hooks.example.com/T0/a-secret";
    const job = { spec: { kind: "probe" }, webhookUrl };
    const made = await api(key.secret, "POST", "/batches", {
      sources: [{ sourceUrl: "https://media.example.com/a.mp4" }],
      job,
    });
    const batch = await made.json<{ id: string }>();
    const jobsOf = async (secret: string, path: string) =>
      (await (await api(secret, "GET", path)).json<{ items: Job[] }>()).items.filter(({ kind }) => kind === "probe");
    const [{ id = "" } = {}] = await jobsOf(key.secret, "/jobs");
    const shownTo = async (secret: string) => {
      const one = await (await api(secret, "GET", `/jobs/${id}`)).json<Job>();
      const listed = [...(await jobsOf(secret, "/jobs")), ...(await jobsOf(secret, `/batches/${batch.id}/jobs`))];
      return [one, ...listed].map((shown) => shown.webhookUrl);
    };
    const narrow = { name: "narrow", role: "member", scopes: ["jobs:read", "jobs:write"] };
    const cancels = await (await api(key.secret, "POST", "/keys", narrow)).json<{ secret: string }>();
    const viewer = await newKey(key, { name: "looks", role: "viewer" });
    const member = await newKey(key, { name: "works", role: "member" });
    expect(await shownTo(member.secret)).toEqual([webhookUrl, webhookUrl, webhookUrl]);
    for (const { secret } of [viewer, cancels]) expect(await shownTo(secret)).toEqual([null, null, null]);
    for (const [{ secret }, shown] of [
      [cancels, null],
      [member, webhookUrl],
    ] as const)
      expect(await (await api(secret, "POST", `/jobs/${id}/cancel`)).json()).toMatchObject({ webhookUrl: shown });
  });

  test("URLs that may not be called are refused when they are given", async () => {
    const key = await newTenant();
    for (const url of [
      `${inject("webhookReceiver")}/x`,
      "https://127.0.0.1/",
      "https://user:pass@example.com/",
      "https://2130706433/",
    ]) {
      const made = await plainCall("/api/v1/webhooks", { method: "POST", key: key.secret, body: { url } });
      expect([url, await problemOf(made)]).toEqual([url, [422, "source_forbidden"]]);
    }
    const made = await plainCall("/api/v1/webhooks", {
      method: "POST",
      key: key.secret,
      body: { url: "https://example.com/hook#part" },
    });
    const { id, url } = WebhookWithSecret.parse(await made.json());
    expect(url).toBe("https://example.com/hook");
    const change = { method: "PATCH", key: key.secret, body: { url: "http://example.com" } };
    expect(await problemOf(await plainCall(`/api/v1/webhooks/${id}`, change))).toEqual([422, "source_forbidden"]);
  });

  test("a tenant has twenty endpoints at most, however many are asked for at once", async () => {
    const key = await newTenant();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => api(key.secret, "POST", "/webhooks", { url: "https://example.com/" })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(limits.webhooksPerTenant);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(10);
  });

  test("a new URL is where the waiting ones go; deleted endpoints get nothing more", async () => {
    const key = await newTenant();
    const [before, after] = [receiver(), receiver()];
    const { id } = await createWebhook(key.secret, before);
    await happens(key.tenantId);
    await api(key.secret, "PATCH", `/webhooks/${id}`, { url: after });
    await deliverAll(key);
    expect([(await receivedAt(before)).length, (await receivedAt(after)).length]).toEqual([0, 1]);
    await happens(key.tenantId);
    expect((await api(key.secret, "DELETE", `/webhooks/${id}`)).status).toBe(204);
    await deliverAll(key);
    expect(await receivedAt(after)).toHaveLength(1);
    expect((await deliveries(key.secret)).map(({ state }) => state).sort()).toEqual(["delivered", "failed"]);
    expect(await auditOf(key.tenantId, id)).toEqual(["webhook.create", "webhook.update", "webhook.delete"]);
  });
});
