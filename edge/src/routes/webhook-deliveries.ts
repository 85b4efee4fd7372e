import { createRoute, z } from "@hono/zod-openapi";
import { page } from "@reelway/shared/contracts/page";
import { WebhookDeliveriesQuery, WebhookDelivery, WebhookDeliveryDetail } from "@reelway/shared/contracts/webhook";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { WebhookDeliveryId } from "@reelway/shared/ids";
import { auditOf } from "../audit/audit-entry.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { findDelivery, listDeliveries } from "../store/webhook-deliveries.ts";
import { presentDelivery, presentDeliveryDetail } from "../webhooks/present.ts";
import { redeliver } from "../webhooks/redeliver.ts";

const params = z.object({ id: WebhookDeliveryId });
const tags = ["webhooks"];

const list = createRoute({
  method: "get",
  path: "/webhook-deliveries",
  tags,
  summary: "List webhook deliveries, newest first",
  ...needs("webhooks:read"),
  request: { query: WebhookDeliveriesQuery },
  responses: { 200: jsonResponse(page(WebhookDelivery), "A page of deliveries") },
});

const get = createRoute({
  method: "get",
  path: "/webhook-deliveries/{id}",
  tags,
  summary: "Show a webhook delivery with its last request and answer",
  ...needs("webhooks:read"),
  request: { params },
  responses: { 200: jsonResponse(WebhookDeliveryDetail, "The delivery") },
});

const again = createRoute({
  method: "post",
  path: "/webhook-deliveries/{id}/redeliver",
  tags,
  summary: "Send a webhook again, with the same webhook-id",
  ...needs("webhooks:write"),
  request: { params },
  ...problems("webhook_disabled", "verification_not_repeatable"),
  responses: { 202: jsonResponse(WebhookDelivery, "The delivery that is on its way") },
});

export function webhookDeliveriesRoutes(): Router {
  const router = newRouter();

  router.openapi(list, async (c) => {
    const { cursor, limit, ...filters } = c.req.valid("query");
    const { tenantId } = callerOf(c);
    const scope = { list: "webhook-deliveries", tenantId, filters };
    const after = await decodeCursor(c.get("settings"), scope, cursor);
    const rows = await listDeliveries(c.env, tenantId, filters, after, limit + 1);
    return c.json(await pageOf(c.get("settings"), scope, rows, limit, presentDelivery), 200);
  });

  router.openapi(get, async (c) => {
    const found = await findDelivery(c.env, callerOf(c).tenantId, c.req.valid("param").id);
    if (!found) throw new ReelwayError("not_found");
    return c.json(await presentDeliveryDetail(c.get("settings"), found.delivery, found.event), 200);
  });

  router.openapi(again, async (c) => {
    const { id } = c.req.valid("param");
    const audit = auditOf(c, { action: "webhook.redeliver", resource: id });
    const row = await redeliver(c.env, { tenantId: callerOf(c).tenantId, id }, Date.now(), audit);
    return c.json(presentDelivery(row), 202);
  });

  return router;
}
