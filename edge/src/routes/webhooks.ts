import { createRoute, z } from "@hono/zod-openapi";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import {
  JobWebhookSecret,
  Webhook,
  WebhookDelivery,
  WebhookRequest,
  WebhookUpdate,
  WebhookWithSecret,
} from "@reelway/shared/contracts/webhook";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newId, WebhookEndpointId } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { auditOf } from "../audit/audit-entry.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { idempotencyHeader, idempotentRequest, markReplayed } from "../http/idempotency.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { newVerification } from "../store/webhook-verifications.ts";
import { deleteWebhook, findWebhook, listWebhooks, rotateWebhookSecret, updateWebhook } from "../store/webhooks.ts";
import { changesOf } from "../webhooks/change-webhook.ts";
import { createWebhook } from "../webhooks/create-webhook.ts";
import { presentWebhook } from "../webhooks/present.ts";
import { jobSecret, newSecret, sealSecret } from "../webhooks/secrets.ts";
import { testWebhook } from "../webhooks/test-webhook.ts";
import { verifyWebhook } from "../webhooks/verify-webhook.ts";

const params = z.object({ id: WebhookEndpointId });
const tags = ["webhooks"];

const create = createRoute({
  method: "post",
  path: "/webhooks",
  tags,
  summary: "Make a webhook endpoint",
  ...needs("webhooks:write"),
  request: { headers: idempotencyHeader, body: jsonBody(WebhookRequest) },
  ...problems("source_forbidden", "too_many_webhooks"),
  responses: { 201: jsonResponse(WebhookWithSecret, "It; its secret is shown this once") },
});

const list = createRoute({
  method: "get",
  path: "/webhooks",
  tags,
  summary: "List webhook endpoints, newest first",
  ...needs("webhooks:read"),
  request: { query: PageQuery },
  responses: { 200: jsonResponse(page(Webhook), "A page of endpoints") },
});

const showJobSecret = createRoute({
  method: "get",
  path: "/webhooks/job-secret",
  tags,
  summary: "Show what the calls to jobs' own webhookUrl are signed with",
  ...needs("webhooks:write"),
  responses: { 200: jsonResponse(JobWebhookSecret, "The tenant's secret") },
});

const get = createRoute({
  method: "get",
  path: "/webhooks/{id}",
  tags,
  summary: "Show a webhook endpoint",
  ...needs("webhooks:read"),
  request: { params },
  responses: { 200: jsonResponse(Webhook, "The endpoint") },
});

const update = createRoute({
  method: "patch",
  path: "/webhooks/{id}",
  tags,
  summary: "Change a webhook endpoint, disable it or enable it again",
  ...needs("webhooks:write"),
  request: { params, body: jsonBody(WebhookUpdate) },
  ...problems("source_forbidden"),
  responses: { 200: jsonResponse(Webhook, "The endpoint as it is now") },
});

const remove = createRoute({
  method: "delete",
  path: "/webhooks/{id}",
  tags,
  summary: "Delete a webhook endpoint; what is on its way to it fails",
  ...needs("webhooks:write"),
  request: { params },
  responses: { 204: { description: "It is deleted" } },
});

const rotateSecret = createRoute({
  method: "post",
  path: "/webhooks/{id}/rotate-secret",
  tags,
  summary: "Give a webhook endpoint a new secret; for 24 hours the old one signs too",
  ...needs("webhooks:write"),
  request: { params },
  responses: { 200: jsonResponse(WebhookWithSecret, "It, with the new secret, shown this once") },
});

const test = createRoute({
  method: "post",
  path: "/webhooks/{id}/test",
  tags,
  summary: "Send a webhook.test event to this endpoint only",
  ...needs("webhooks:write"),
  request: { params, headers: idempotencyHeader },
  ...problems("webhook_disabled"),
  responses: { 202: jsonResponse(WebhookDelivery, "The delivery that is on its way") },
});

const verify = createRoute({
  method: "post",
  path: "/webhooks/{id}/verify",
  tags,
  summary: "Ask an unverified endpoint again whether it wants to be called, and enable it for that",
  ...needs("webhooks:write"),
  request: { params },
  ...problems("webhook_verified"),
  responses: { 202: jsonResponse(WebhookDelivery, "The webhook.verify call that is on its way") },
});

export function webhooksRoutes(): Router {
  const router = newRouter();

  router.openapi(create, async (c) => {
    const { tenantId } = callerOf(c);
    const wanted = c.req.valid("json");
    const request = await idempotentRequest(c, tenantId, "POST /webhooks");
    const id = newId("whk");
    const audit = auditOf(c, { action: "webhook.create", resource: id, detail: { events: wanted.events } });
    const creation = { id, tenantId, wanted, request, audit, now: Date.now() };
    const { webhook, replayed } = await createWebhook(c.env, c.get("settings"), creation);
    markReplayed(c, replayed);
    return c.json(webhook, 201);
  });

  router.openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const { tenantId } = callerOf(c);
    const scope = { list: "webhooks", tenantId, filters: {} };
    const after = await decodeCursor(c.get("settings"), scope, cursor);
    const rows = await listWebhooks(c.env, tenantId, after, limit + 1);
    const now = Date.now();
    return c.json(await pageOf(c.get("settings"), scope, rows, limit, (row) => presentWebhook(row, now)), 200);
  });

  // Before the one with an id in its place.
  router.openapi(showJobSecret, async (c) =>
    c.json({ secret: await jobSecret(c.get("settings"), callerOf(c).tenantId) }, 200, { "cache-control": "no-store" }),
  );

  router.openapi(get, async (c) => {
    const row = await findWebhook(c.env, callerOf(c).tenantId, c.req.valid("param").id);
    if (!row) throw new ReelwayError("not_found");
    return c.json(presentWebhook(row, Date.now()), 200);
  });

  router.openapi(update, async (c) => {
    const { id } = c.req.valid("param");
    const wanted = c.req.valid("json");
    const now = Date.now();
    const changes = changesOf(c.get("settings"), wanted, now);
    // A URL may carry a token of the receiver's: that it changed is told, not to what.
    const detail = { ...wanted, ...(wanted.url === undefined ? {} : { url: "changed" }) };
    const audit = auditOf(c, { action: "webhook.update", resource: id, detail });
    const { tenantId } = callerOf(c);
    const verification = await newVerification(tenantId, now);
    const row = await updateWebhook(c.env, { tenantId, id }, changes, audit, verification);
    if (!row) throw new ReelwayError("not_found");
    return c.json(presentWebhook(row, now), 200);
  });

  router.openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    const audit = auditOf(c, { action: "webhook.delete", resource: id });
    const deleted = await deleteWebhook(c.env, { tenantId: callerOf(c).tenantId, id }, Date.now(), audit);
    if (!deleted) throw new ReelwayError("not_found");
    return c.body(null, 204);
  });

  router.openapi(rotateSecret, async (c) => {
    const owner = { tenantId: callerOf(c).tenantId, id: c.req.valid("param").id };
    const secret = newSecret();
    const sealed = await sealSecret(c.get("settings"), owner, secret);
    const now = Date.now();
    const audit = auditOf(c, { action: "webhook.rotate", resource: owner.id });
    const row = await rotateWebhookSecret(c.env, owner, sealed, now + limits.webhookSecretOverlapMs, audit);
    if (!row) throw new ReelwayError("not_found");
    return c.json({ ...presentWebhook(row, now), secret }, 200);
  });

  router.openapi(test, async (c) => {
    const { tenantId } = callerOf(c);
    const { id: webhookId } = c.req.valid("param");
    const { "idempotency-key": key } = c.req.valid("header");
    // There is no body that could differ.
    const request =
      key === undefined ? undefined : { tenantId, route: `POST /webhooks/${webhookId}/test`, key, bodyHash: "" };
    const audit = auditOf(c, { action: "webhook.test", resource: webhookId });
    const wanted = { tenantId, webhookId, request, audit, now: Date.now() };
    const { delivery, replayed } = await testWebhook(c.env, wanted);
    markReplayed(c, replayed);
    return c.json(delivery, 202);
  });

  router.openapi(verify, async (c) => {
    const { id } = c.req.valid("param");
    const audit = auditOf(c, { action: "webhook.verify", resource: id });
    const delivery = await verifyWebhook(c.env, { tenantId: callerOf(c).tenantId, id }, Date.now(), audit);
    return c.json(delivery, 202);
  });

  return router;
}
