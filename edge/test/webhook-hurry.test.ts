import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { limits } from "@reelway/shared/limits";
import { Hono } from "hono";
import { beforeAll, expect, test, vi } from "vitest";
import { eventId } from "../src/events/event-id.ts";
import type { AppEnv } from "../src/http/app-env.ts";
import { sendWebhooksSoon } from "../src/middleware/hurry-webhooks.ts";
import { insertEvent } from "../src/store/events.ts";
import { hurryWebhooks } from "../src/webhooks/hurry.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";
import { createWebhook, database, happens, onlyDelivery, open, receiver, sent } from "./support/webhooks.ts";

let admin: TestKey;
const newTenant = () => newTenantKey(admin);

vi.setConfig({ testTimeout: 60_000 });
beforeAll(async () => {
  admin = await bootstrapped();
});

// First in this file: no other look is under way that could find it by chance.
test("a batch that takes longer than the look after it is hurried all the same", async () => {
  const key = await newTenant();
  await createWebhook(key.secret, receiver());
  const at = Date.now();
  const event = { tenantId: key.tenantId, type: "job.failed", at, jobId: null, data: {} } as const;
  const id = await eventId(at, crypto.randomUUID());
  const slow = new Hono<AppEnv>().use(sendWebhooksSoon).post("/", async (c) => {
    const insert = insertEvent(database, { ...event, id });
    await hurryWebhooks(open);
    await insert;
    return c.body(null, 204);
  });
  sent.length = 0;
  const context = createExecutionContext();
  await slow.fetch(new Request("https://reelway.test/", { method: "POST" }), open, context);
  await waitOnExecutionContext(context);
  const { id: deliveryId } = await onlyDelivery(key);
  await expect.poll(() => sent.some(({ body }) => body.deliveryId === deliveryId), { timeout: 60_000 }).toBe(true);
});

test("messages for new deliveries go out behind the events, of each host first one and never a heap", async () => {
  const [loud, quiet] = [await newTenant(), await newTenant()];
  await createWebhook(quiet.secret, receiver());
  await createWebhook(loud.secret, receiver());
  sent.length = 0;
  await happens(quiet.tenantId);
  for (let index = 0; index < limits.outboxBatch + 10; index++) await happens(loud.tenantId);
  const ofQuiet = (await onlyDelivery(quiet)).id;
  const { results } = await env.DB.prepare("SELECT id FROM webhook_deliveries WHERE tenantId = ?")
    .bind(loud.tenantId)
    .all<{ id: string }>();
  const ofLoud = new Set(results.map(({ id }) => id));
  await hurryWebhooks(open);
  // Another request's look may be the one that finds them.
  await expect.poll(() => sent.some(({ body }) => body.deliveryId === ofQuiet), { timeout: 60_000 }).toBe(true);
  expect(new Set(sent.map(({ body }) => body.deliveryId).filter((id) => ofLoud.has(id))).size).toBeLessThanOrEqual(
    limits.webhooksPerHostAtOnce,
  );
});
