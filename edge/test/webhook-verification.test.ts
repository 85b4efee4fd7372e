import { env } from "cloudflare:workers";
import { WebhookPayload, WebhookWithSecret } from "@reelway/shared/contracts/webhook";
import { limits } from "@reelway/shared/limits";
import { Webhook as Verifier } from "standardwebhooks";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { agreeAt, askedAt, receivedAt } from "../../test/support/received-webhooks.ts";
import { settingsOf } from "../src/settings.ts";
import { deleteOldDeliveries } from "../src/store/webhook-deliveries.ts";
import { claimDelivery } from "../src/webhooks/claim.ts";
import { takeOn } from "../src/webhooks/deliver.ts";
import { sweepWebhooks } from "../src/webhooks/sweep-webhooks.ts";
import { challengeOf } from "../src/webhooks/verification.ts";
import { problemOf } from "./support/assets.ts";
import { seedJob } from "./support/fleet.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";
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
  makeDue,
  open,
  receiver,
  sent,
  setJobUrl,
  verifications,
} from "./support/webhooks.ts";

let admin: TestKey;
const newTenant = () => newTenantKey(admin);

vi.setConfig({ testTimeout: 60_000 });
beforeAll(async () => {
  admin = await bootstrapped();
});

/** What asks for a proof at this moment. */
async function asking(key: TestKey) {
  const [found, ...more] = await verifications(key.secret, "&state=pending");
  if (!found || more.length > 0) throw new Error(`${more.length + (found ? 1 : 0)} addresses are being asked`);
  return found;
}

/** As if it had been asked as often as it may be, in vain. */
async function askInVain(key: TestKey): Promise<void> {
  const { id } = await asking(key);
  for (let attempt = 0; attempt <= limits.webhookRetriesMs.length; attempt++) {
    await makeDue(id);
    await consume([id]);
  }
}

const idsOf = (calls: Awaited<ReturnType<typeof receivedAt>>) => calls.map(({ headers }) => headers["webhook-id"]);

describe("an endpoint", () => {
  test("is called with a signed challenge first, with no event before its answer, and then with what waited", async () => {
    const key = await newTenant();
    const url = receiver("?verify=later");
    sent.length = 0;
    const { id, secret, state } = await createUnproved(key.secret, url);
    expect(state).toBe("unverified");
    const events = [await happens(key.tenantId), await happens(key.tenantId)];
    const asked = await asking(key);
    expect(asked).toMatchObject({ webhookId: id, url, eventType: "webhook.verify" });
    await consume([asked.id, ...(await deliveries(key.secret)).map((one) => one.id)]);
    await sweepWebhooks(open);
    expect(await receivedAt(url)).toEqual([]);
    expect(await delivery(key.secret, asked.id)).toMatchObject({
      state: "pending",
      attempts: 1,
      lastStatus: 200,
      lastError: expect.stringContaining("without the challenge"),
    });
    expect((await deliveries(key.secret)).map(({ attempts }) => attempts)).toEqual([0, 0]);
    expect(await endpointOf(key, id)).toMatchObject({ state: "unverified", verifiedAt: null, failures: 0 });

    await agreeAt(url);
    await makeDue(asked.id);
    await consume([asked.id]);
    expect(await endpointOf(key, id)).toMatchObject({ state: "enabled", verifiedAt: expect.any(Number) });
    // Whoever heard its answer went on with what waited.
    expect(idsOf(await receivedAt(url))).toEqual(events);

    const calls = (await askedAt(url)).map(({ body, headers }) =>
      WebhookPayload.parse(new Verifier(secret).verify(body, headers)),
    );
    expect(calls).toMatchObject([{ type: "webhook.verify", data: { webhookId: id } }, { data: { webhookId: id } }]);
    const shown = await delivery(key.secret, asked.id);
    expect(shown).toMatchObject({
      state: "delivered",
      response: JSON.stringify({ challenge: calls[1]?.data.challenge }),
    });
    new Verifier(secret).verify(shown.request?.body ?? "", shown.request?.headers ?? {});
    const { items } = await (await api(key.secret, "GET", "/events?type=webhook.verify")).json<{ items: unknown[] }>();
    expect(items).toMatchObject([{ id: asked.eventId, data: { webhookId: id } }]);
    expect(JSON.stringify(items)).not.toContain("challenge");
  });

  test("is sent another challenge by each call, known to nobody before", async () => {
    const settings = settingsOf(env);
    const calls = [
      ["whd_1", "1795275663"],
      ["whd_1", "1795275668"],
      ["whd_2", "1795275663"],
    ] as const;
    const challenges = await Promise.all(calls.map(([id, sentAt]) => challengeOf(settings, id, sentAt)));
    expect(new Set(challenges).size).toBe(3);
    const other = { ...settings, signingSecret: "another secret, of 32 characters or more" };
    expect(challenges).not.toContain(await challengeOf(other, "whd_1", "1795275663"));
  });

  test("may answer in plain text", async () => {
    const key = await newTenant();
    const { id } = await createWebhook(key.secret, receiver("?verify=text"));
    expect((await endpointOf(key, id)).state).toBe("enabled");
  });

  test.each([
    ["another challenge", "?verify=wrong", 200],
    ["the call's own body", "?verify=echo", 200],
    ["a page that contains it", "?verify=page", 200],
    ["more than is read", "?verify=long", 200],
    ["no end", "?verify=no&bytes=1000000000", 200],
    ["a redirect", "?verify=no&location=https%3A%2F%2Fexample.com", 302],
    ["an error", "?verify=no&status=404", 404],
    ["nothing for ten seconds", "?verify=no&hang=1", null],
  ])("that answers with %s has proved nothing", async (_what, how, lastStatus) => {
    const key = await newTenant();
    const url = receiver(how);
    const { id } = await createUnproved(key.secret, url);
    await happens(key.tenantId);
    const asked = await asking(key);
    await consume([asked.id]);
    expect(await asking(key)).toMatchObject({ id: asked.id, attempts: 1, lastStatus, lastError: expect.any(String) });
    expect((await endpointOf(key, id)).state).toBe("unverified");
    await consume((await deliveries(key.secret)).map(({ id: event }) => event));
    expect(await receivedAt(url)).toEqual([]);
  });

  test("has to prove its address anew when that changes, and not when anything else does", async () => {
    const key = await newTenant();
    const [first, second] = [receiver(), receiver("?verify=later")];
    const { id } = await createWebhook(key.secret, first);
    await api(key.secret, "POST", `/webhooks/${id}/rotate-secret`);
    await api(key.secret, "PATCH", `/webhooks/${id}`, { url: first, description: "the same", enabled: true });
    expect((await endpointOf(key, id)).state).toBe("enabled");
    expect(await askedAt(first)).toHaveLength(1);

    await happens(key.tenantId);
    const changed = await api(key.secret, "PATCH", `/webhooks/${id}`, { url: second });
    expect(await changed.json()).toMatchObject({ url: second, state: "unverified" });
    await happens(key.tenantId);
    await deliverAll(key, 2);
    await sweepWebhooks(open);
    expect([await receivedAt(first), await receivedAt(second)]).toEqual([[], []]);
    await agreeAt(second);
    await deliverAll(key);
    expect([(await receivedAt(first)).length, (await receivedAt(second)).length]).toEqual([0, 2]);
  });

  test("is not proved by an answer from the address before", async () => {
    const key = await newTenant();
    const [mine, theirs] = [receiver(), receiver("?verify=no")];
    const { id } = await createUnproved(key.secret, mine);
    // It is under way when the address changes.
    const work = await takeOn(open, (await asking(key)).id);
    await api(key.secret, "PATCH", `/webhooks/${id}`, { url: theirs });
    await work?.();
    expect(await askedAt(mine)).toHaveLength(1);
    expect(await endpointOf(key, id)).toMatchObject({ url: theirs, state: "unverified" });
    expect((await asking(key)).url).toBe(theirs);
  });

  test("gets again what failed before at the address that it has now, and never at one that proved nothing", async () => {
    const key = await newTenant();
    const [theirs, mine] = [receiver("?verify=no"), receiver()];
    const { id } = await createUnproved(key.secret, theirs);
    await happens(key.tenantId);
    await askInVain(key);
    await sweepWebhooks(open);
    const [failed] = await deliveries(key.secret);
    expect(failed).toMatchObject({ state: "failed", url: theirs, attempts: 0 });
    await api(key.secret, "PATCH", `/webhooks/${id}`, { url: mine, enabled: true });
    expect((await api(key.secret, "POST", `/webhook-deliveries/${failed?.id}/redeliver`)).status).toBe(202);
    await deliverAll(key);
    expect([(await receivedAt(theirs)).length, (await receivedAt(mine)).length]).toEqual([0, 1]);
  });

  test("that never answers is disabled after the last attempt; its owner has it asked anew", async () => {
    const key = await newTenant();
    const url = receiver("?verify=later");
    const { id } = await createUnproved(key.secret, url);
    await happens(key.tenantId);
    await askInVain(key);
    expect(await askedAt(url)).toHaveLength(limits.webhookRetriesMs.length + 1);
    await sweepWebhooks(open);
    await sweepWebhooks(open);
    expect(await endpointOf(key, id)).toMatchObject({
      state: "disabled",
      disabledReason: "Its address did not answer webhook.verify with the challenge",
    });
    expect((await deliveries(key.secret)).map(({ state }) => state)).toEqual(["failed"]);
    expect(await auditOf(key.tenantId, id)).toEqual(["webhook.create", "webhook.update"]);

    await agreeAt(url);
    const again = await api(key.secret, "POST", `/webhooks/${id}/verify`);
    expect([again.status, await again.json()]).toMatchObject([202, { eventType: "webhook.verify", state: "pending" }]);
    await happens(key.tenantId);
    await deliverAll(key);
    expect((await endpointOf(key, id)).state).toBe("enabled");
    expect(await receivedAt(url)).toHaveLength(1);
    expect(await auditOf(key.tenantId, id)).toEqual(["webhook.create", "webhook.update", "webhook.verify"]);
    expect(await problemOf(await api(key.secret, "POST", `/webhooks/${id}/verify`))).toEqual([409, "webhook_verified"]);
    expect(await problemOf(await api((await newTenant()).secret, "POST", `/webhooks/${id}/verify`))).toEqual([
      404,
      "not_found",
    ]);
  });

  test("that is asked anew is asked once, at once, and what was asked before can't be sent again", async () => {
    const key = await newTenant();
    const url = receiver("?verify=later");
    const { id } = await createUnproved(key.secret, url);
    const first = await asking(key);
    await consume([first.id]);
    await agreeAt(url);
    for (let time = 0; time < 3; time++) await api(key.secret, "POST", `/webhooks/${id}/verify`);
    const again = `/webhook-deliveries/${first.id}/redeliver`;
    expect(await problemOf(await api(key.secret, "POST", again))).toEqual([409, "verification_not_repeatable"]);
    await consume([first.id, (await asking(key)).id]);
    expect(await askedAt(url)).toHaveLength(2);
    expect((await endpointOf(key, id)).state).toBe("enabled");
  });

  test("with 410 is disabled at once, and asked anew when it is enabled", async () => {
    const key = await newTenant();
    const { id } = await createUnproved(key.secret, receiver("?verify=no&status=410"));
    await consume([(await asking(key)).id]);
    expect(await endpointOf(key, id)).toMatchObject({
      state: "disabled",
      disabledReason: "The receiver answered 410 Gone",
    });
    expect(await verifications(key.secret, "&state=pending")).toEqual([]);
    const enabled = await api(key.secret, "PATCH", `/webhooks/${id}`, { enabled: true });
    expect(await enabled.json()).toMatchObject({ state: "unverified", disabledReason: null });
    expect(await asking(key)).toMatchObject({ webhookId: id, attempts: 0 });
  });

  test("is made once for an Idempotency-Key, and asked once", async () => {
    const key = await newTenant();
    const url = receiver();
    const make = () => api(key.secret, "POST", "/webhooks", { url }, { "idempotency-key": "once" });
    const answers = await Promise.all(Array.from({ length: 5 }, make));
    const made = await Promise.all(answers.map(async (answer) => WebhookWithSecret.parse(await answer.json())));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    await deliverAll(key);
    expect(await askedAt(url)).toHaveLength(1);
  });

  test("is asked where URLs may be called, and nowhere else", async () => {
    const key = await newTenant();
    const url = receiver();
    const { id } = await createUnproved(key.secret, url);
    // This environment lets nobody call private addresses.
    const work = await takeOn(env, (await asking(key)).id);
    await work?.();
    expect(await askedAt(url)).toEqual([]);
    await sweepWebhooks(open);
    expect(await endpointOf(key, id)).toMatchObject({ state: "disabled" });
  });
});

describe("a job's own address", () => {
  const newJob = async (key: TestKey, url: string) => {
    const { job } = await seedJob("enam", { tenantId: key.tenantId });
    await setJobUrl(job.id, url);
    return job.id;
  };

  test("is asked before its first event, once for all jobs of the tenant", async () => {
    const [key, stranger] = [await newTenant(), await newTenant()];
    const url = receiver("?verify=later");
    const jobIds = [await newJob(key, url), await newJob(key, url)];
    const events = [];
    for (const jobId of jobIds)
      events.push(await happens(key.tenantId, { jobId }), await happens(key.tenantId, { jobId }));
    await happens(stranger.tenantId, { jobId: await newJob(stranger, url) });
    const asked = await asking(key);
    expect(asked).toMatchObject({ webhookId: null, url, eventType: "webhook.verify" });
    await deliverAll(key, 2);
    expect(await receivedAt(url)).toEqual([]);
    await agreeAt(url);
    await deliverAll(key);
    expect(idsOf(await receivedAt(url)).sort()).toEqual(events.sort());
    const { secret } = await (await api(key.secret, "GET", "/webhooks/job-secret")).json<{ secret: string }>();
    const calls = await askedAt(url);
    for (const { body, headers } of calls) new Verifier(secret).verify(body, headers);
    await happens(key.tenantId, { jobId: jobIds[0] ?? "" });
    await deliverAll(key);
    expect([(await askedAt(url)).length, (await receivedAt(url)).length]).toEqual([calls.length, 5]);
    // What one tenant's job was granted is no other's.
    expect(await asking(stranger)).toMatchObject({ attempts: 0 });
  });

  test("that proved nothing gets no event; the next one asks again, and what failed can be sent then", async () => {
    const key = await newTenant();
    const url = receiver("?verify=later");
    const jobId = await newJob(key, url);
    await happens(key.tenantId, { jobId });
    await askInVain(key);
    await sweepWebhooks(open);
    const [failed] = await deliveries(key.secret);
    expect(failed).toMatchObject({
      state: "failed",
      attempts: 0,
      lastError: "The address has not proved that it wants to be called: it has to answer webhook.verify",
    });
    await agreeAt(url);
    expect((await api(key.secret, "POST", `/webhook-deliveries/${failed?.id}/redeliver`)).status).toBe(202);
    await happens(key.tenantId, { jobId });
    await deliverAll(key);
    expect(await receivedAt(url)).toHaveLength(2);
    expect(await verifications(key.secret)).toMatchObject([{ state: "delivered" }, { state: "failed" }]);
  });

  test("is asked at once when one of its events is to be sent again", async () => {
    const key = await newTenant();
    const url = receiver("?verify=later");
    await happens(key.tenantId, { jobId: await newJob(key, url) });
    await consume([(await asking(key)).id]);
    await agreeAt(url);
    // The next attempt is due in seconds; later ones in hours.
    const [waiting] = await deliveries(key.secret);
    await api(key.secret, "POST", `/webhook-deliveries/${waiting?.id}/redeliver`);
    await consume([(await asking(key)).id]);
    expect([(await receivedAt(url)).length, (await askedAt(url)).length]).toEqual([1, 2]);
    // What is proved is asked no more.
    await api(key.secret, "POST", `/webhook-deliveries/${waiting?.id}/redeliver`);
    await deliverAll(key);
    expect([(await receivedAt(url)).length, (await askedAt(url)).length]).toEqual([2, 2]);
  });

  test("stays proved for 30 days, and as long as something waits to go there", async () => {
    const key = await newTenant();
    const url = receiver();
    const jobId = await newJob(key, url);
    await happens(key.tenantId, { jobId });
    await deliverAll(key);
    await env.DB.prepare("UPDATE webhook_deliveries SET createdAt = 1 WHERE tenantId = ?").bind(key.tenantId).run();
    await happens(key.tenantId, { jobId });
    await deleteOldDeliveries(env, 2, 1_000_000);
    expect(await verifications(key.secret)).toHaveLength(1);
    await deliverAll(key);
    expect([(await receivedAt(url)).length, (await askedAt(url)).length]).toEqual([2, 1]);
    await deleteOldDeliveries(env, 2, 1_000_000);
    expect(await verifications(key.secret)).toEqual([]);
    await happens(key.tenantId, { jobId });
    await deliverAll(key);
    expect([(await receivedAt(url)).length, (await askedAt(url)).length]).toEqual([3, 2]);
  });
});

test("ever new addresses of one unwilling host are not asked without end", async () => {
  const key = await newTenant();
  const { job } = await seedJob("enam", { tenantId: key.tenantId });
  const most = limits.webhookVerificationsPerHost;
  for (let index = 0; index < most + 5; index++) {
    await setJobUrl(job.id, receiver("?verify=no&status=404"));
    await happens(key.tenantId, { jobId: job.id });
  }
  const claimed = [];
  for (const { id } of (await verifications(key.secret)).toReversed()) {
    const claim = await claimDelivery(env, id, Date.now());
    if (claim) claimed.push(claim);
    // As if it had answered, without the challenge.
    await env.DB.prepare("UPDATE webhook_deliveries SET claimedUntil = NULL WHERE id = ?").bind(id).run();
  }
  expect(claimed).toHaveLength(most);
  // Another host, and another tenant, are asked all the same.
  const elsewhere = receiver().replace("127.0.0.1", "127.0.0.2");
  await createWebhook(key.secret, elsewhere);
  expect(await askedAt(elsewhere)).toHaveLength(1);

  // What could not be asked for a day is given up, and then what waited for it.
  await env.DB.prepare("UPDATE webhook_deliveries SET dueAt = 1 WHERE tenantId = ? AND attempts = 0")
    .bind(key.tenantId)
    .run();
  await sweepWebhooks(env);
  await sweepWebhooks(env);
  const failed = await verifications(key.secret, "&state=failed");
  expect(failed).toHaveLength(5);
  expect(failed[0]?.lastError).toContain("Too many addresses of this host");
  expect(await deliveries(key.secret, "&state=failed")).toHaveLength(5);

  // An hour later the next ones are asked, and what is late by a day of rest as well.
  await env.DB.prepare(
    "UPDATE webhook_deliveries SET createdAt = ?, dueAt = 1 WHERE tenantId = ? AND state = 'pending'",
  )
    .bind(Date.now() - limits.webhookVerificationsWithinMs, key.tenantId)
    .run();
  const calls = receiver("?verify=later");
  await setJobUrl(job.id, calls);
  await happens(key.tenantId, { jobId: job.id });
  await sweepWebhooks(open);
  expect(await verifications(key.secret, "&state=failed")).toHaveLength(5);
  const [next] = await verifications(key.secret, "&state=pending");
  // Where the sweep has asked it, its second try may be due by now on a busy machine: that is no first one.
  await env.DB.prepare("UPDATE webhook_deliveries SET dueAt = ? WHERE id = ? AND attempts > 0")
    .bind(Date.now() + limits.webhookVerificationsWithinMs, next?.id ?? "")
    .run();
  await consume([next?.id ?? ""]);
  expect(await askedAt(calls)).toHaveLength(1);
});
