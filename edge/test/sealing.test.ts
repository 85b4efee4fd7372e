import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Asset } from "@reelway/shared/contracts/asset";
import { Connection } from "@reelway/shared/contracts/connection";
import { LeaseAnswer, type LeasedTask } from "@reelway/shared/contracts/lease";
import { WebhookWithSecret } from "@reelway/shared/contracts/webhook";
import { limits } from "@reelway/shared/limits";
import { beforeAll, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import { auditOfSystem } from "../src/audit/audit-entry.ts";
import { sealAnew } from "../src/auth/seal-anew.ts";
import { sealPrefixes } from "../src/auth/sealed.ts";
import { tendSigningKeys } from "../src/auth/signing-keys.ts";
import { accessOf, sealSecret } from "../src/connections/bucket-access.ts";
import type { Env } from "../src/env.ts";
import { createLog } from "../src/http/log.ts";
import { scrape, sourcesOf } from "../src/observability/scrape.ts";
import { handleScheduled } from "../src/queues/sweep.ts";
import { settingsOf } from "../src/settings.ts";
import { findConnection } from "../src/store/connections.ts";
import { countSealedOtherwise, findSealed, replaceSealed } from "../src/store/sealed-values.ts";
import { findWebhook } from "../src/store/webhooks.ts";
import { unsealSecret } from "../src/webhooks/secrets.ts";
import { api } from "./support/api.ts";
import { askedDatabase } from "./support/asked-database.ts";
import { description, jobRow, makeRunner } from "./support/fleet.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";

const newSecret = "a new secret of this installation, long enough";
/** The Worker while it is given the new secret, and when the old one is dropped. */
const changing: Env = { ...env, ENCRYPTION_SECRET: newSecret, ENCRYPTION_SECRET_PREVIOUS: env.ENCRYPTION_SECRET };
const changed: Env = { ...env, ENCRYPTION_SECRET: newSecret };
const log = createLog();
const bucketSecret = "a-secret-of-the-tenants-own";
const sourceUrl = "https://media.example.com/film.mp4?token=very-secret-query";

let admin: TestKey;
let key: TestKey;
beforeAll(async () => {
  admin = await bootstrapped();
  key = await newTenantKey(admin, "studio");
});

const post = async (path: string, body: object): Promise<unknown> => {
  const answer = await api(path, { method: "POST", key: key.secret, body });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
};
const makeConnection = async () => {
  const where = { endpoint: "https://s3.eu-central-1.amazonaws.com", s3Region: "eu-central-1", bucket: "films" };
  const with_ = { name: "studio", accessKeyId: "AKIATENANT", secretAccessKey: bucketSecret };
  return Connection.parse(await post("/connections?verify=false", { ...where, ...with_ }));
};
const makeWebhook = async () =>
  WebhookWithSecret.parse(await post("/webhooks", { url: "https://hooks.example.com/a", events: ["batch.completed"] }));

/** The fetch of this asset, leased by the Worker with these settings. */
async function leaseBy(worker: Env, jobId: string | null): Promise<LeasedTask | undefined> {
  const { authorization } = await makeRunner("enam");
  const runner = { ...description, capabilities: ["kind:fetch"] };
  const request = new Request("https://reelway.test/api/v1/runner/leases", {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ runner, max: 16 }),
  });
  const answer = await createApp().fetch(request, worker, createExecutionContext());
  return LeaseAnswer.parse(await answer.json()).tasks.find((task) => task.jobId === jobId);
}

async function gauge(worker: Env): Promise<number> {
  const text = await scrape(sourcesOf(worker, settingsOf(worker)), settingsOf(worker), log);
  return Number(/^reelway_sealed_with_previous_secret (\d+)$/m.exec(text)?.[1]);
}

async function resealed(resource: string): Promise<unknown[]> {
  const select = "SELECT tenantId, actorKind FROM audit_log WHERE action = 'secret.reseal' AND resource = ?";
  return (await env.DB.prepare(select).bind(resource).all()).results;
}

test("after a change of ENCRYPTION_SECRET a sweep seals everything anew, so that the one before may be dropped", async () => {
  const [connection, webhook] = [await makeConnection(), await makeWebhook()];
  const rotated = WebhookWithSecret.parse(await post(`/webhooks/${webhook.id}/rotate-secret`, {}));
  const deleted = await makeConnection();
  await api(`/connections/${deleted.id}`, { method: "DELETE", key: key.secret });
  const { asset } = await post("/assets", { sourceUrl }).then((made) => ({ asset: Asset.parse(assetIn(made)) }));
  const fetchJobId = await env.DB.prepare("SELECT fetchJobId FROM assets WHERE id = ?")
    .bind(asset.id)
    .first<string>("fetchJobId");
  if (fetchJobId === null) throw new Error("nothing fetches it");
  await tendSigningKeys(env, settingsOf(env), Date.now());
  await api("/auth/signing-keys/rotate", { method: "POST", key: admin.secret });
  expect(await gauge(env)).toBe(0);
  // The connection, two secrets of the webhook, the query, the signing key.
  expect(await gauge(changing)).toBe(5);

  await handleScheduled(changing);
  expect(await gauge(changing)).toBe(0);
  const settings = settingsOf(changed);
  const owner = { tenantId: key.tenantId, id: webhook.id };
  const hook = await findWebhook(env, key.tenantId, webhook.id);
  expect(await unsealSecret(settings, owner, hook?.encryptedSecret ?? "")).toBe(rotated.secret);
  expect(await unsealSecret(settings, owner, hook?.encryptedPreviousSecret ?? "")).toBe(webhook.secret);
  const kept = await findConnection(env, key.tenantId, connection.id);
  if (!kept) throw new Error("the connection is gone");
  expect(await accessOf(settings, kept)).toMatchObject({ secretAccessKey: bucketSecret });
  // The task has lain in its queue since before.
  expect((await leaseBy(changed, fetchJobId))?.inputs).toMatchObject([{ kind: "url", url: sourceUrl }]);

  const told = { tenantId: key.tenantId, actorKind: "system" };
  expect(await resealed(webhook.id)).toEqual([told, told]);
  expect([await resealed(connection.id), await resealed(fetchJobId)]).toEqual([[told], [told]]);
  expect(await resealed(deleted.id)).toEqual([]);
  // A second look finds nothing to do.
  await sealAnew(changing, settingsOf(changing), log);
  expect(await resealed(connection.id)).toEqual([told]);
});

test("what was changed since it was read stays as it is, and nothing is told of it", async () => {
  const { id } = await makeWebhook();
  const settings = settingsOf(env);
  const [prefix = ""] = await sealPrefixes(settings);
  const was = (await findSealed(env, "webhook", prefix, 100)).find((row) => row.id === id);
  if (!was) throw new Error("it is not found");
  const { secret } = WebhookWithSecret.parse(await post(`/webhooks/${id}/rotate-secret`, {}));
  const audit = auditOfSystem({ action: "secret.reseal", resource: id, tenantId: key.tenantId });
  await replaceSealed(env, "webhook", [{ was, sealed: "v1.other.", audit }]);
  const row = await findWebhook(env, key.tenantId, id);
  expect(await unsealSecret(settings, { tenantId: key.tenantId, id }, row?.encryptedSecret ?? "")).toBe(secret);
  expect(await resealed(id)).toEqual([]);
});

test("one sweep seals a bounded number, and a text that does not open keeps no other waiting", async () => {
  const { tenantId } = await newTenantKey(admin, "many");
  const { id: first } = await makeConnection();
  const rows = Array.from({ length: limits.sealedAnewPerSweep + 20 }, (_, place) => `con_${place}`);
  const own = settingsOf(env);
  const sealed = await Promise.all(rows.map((id) => sealSecret(own, { tenantId, id }, bucketSecret)));
  // Moved here from another row: sealed for that one alone.
  const stolen = await sealSecret(own, { tenantId, id: "con_another" }, bucketSecret);
  const copy = env.DB.prepare(
    `INSERT INTO connections SELECT ?1, ?2, name, endpoint, s3Region, bucket, prefix, purposes, accessKeyId, ?3, 1, NULL
      FROM connections WHERE id = ?4`,
  );
  const texts = [["con_moved", stolen], ...rows.map((id, place) => [id, sealed[place] ?? ""])];
  await env.DB.batch(texts.map(([id, text]) => copy.bind(id, tenantId, text, first)));

  const [prefix = ""] = await sealPrefixes(settingsOf(changing));
  const left = () => countSealedOtherwise(env, prefix);
  const before = await left();
  await sealAnew(changing, settingsOf(changing), log);
  const after = await left();
  expect(before - after).toBeGreaterThanOrEqual(limits.sealedAnewPerSweep - 1);
  expect(after).toBeGreaterThan(1);
  await sealAnew(changing, settingsOf(changing), log);
  expect(await left()).toBe(1);
  expect(await resealed("con_moved")).toEqual([]);
});

test("the same secret twice, as while one is being put, changes nothing", async () => {
  const { id } = await makeConnection();
  const same: Env = { ...env, ENCRYPTION_SECRET_PREVIOUS: env.ENCRYPTION_SECRET };
  await sealAnew(same, settingsOf(same), log);
  expect(await resealed(id)).toEqual([]);
});

test("the asset of a fetch has no copy of the query; its job's is in no answer", async () => {
  const asset = Asset.parse(assetIn(await post("/assets", { sourceUrl })));
  const row = await env.DB.prepare("SELECT source, fetchJobId FROM assets WHERE id = ?")
    .bind(asset.id)
    .first<{ source: string; fetchJobId: string }>();
  expect(JSON.parse(row?.source ?? "")).toEqual({ kind: "url", url: "https://media.example.com/film.mp4" });
  expect((await jobRow(row?.fetchJobId ?? "")).spec).toMatchObject({ source: { sealedQuery: expect.any(String) } });
});

test("what is sealed is found and counted by indexes, however much was ever fetched", async () => {
  const { watched, asked } = askedDatabase();
  await makeConnection();
  const worker: Env = { ...changing, DB: watched.DB };
  await sealAnew(worker, settingsOf(worker), log);
  await countSealedOtherwise(watched, "v1.AAAAAAAA.");
  const steps: string[] = [];
  for (const [text, values] of asked) {
    const plan = env.DB.prepare(`EXPLAIN QUERY PLAN ${text}`).bind(...values);
    steps.push(...(await plan.all<{ detail: string }>()).results.map(({ detail }) => detail));
  }
  expect(steps.filter((step) => /INDEX (jobs|connections|webhook_endpoints)_sealed/.test(step)).length).toBeGreaterThan(
    11,
  );
  expect(steps.filter((step) => /^SCAN (jobs|connections|webhook_endpoints)\b/.test(step))).toEqual([]);
});

function assetIn(made: unknown): unknown {
  return typeof made === "object" && made !== null && "asset" in made ? made.asset : made;
}
