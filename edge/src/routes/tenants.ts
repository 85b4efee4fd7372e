import { createRoute } from "@hono/zod-openapi";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import { Tenant, TenantRequest } from "@reelway/shared/contracts/tenant";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { idempotencyHeader, idempotentRequest, markReplayed } from "../http/idempotency.ts";
import { jsonBody, jsonResponse, problemResponses } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { listTenants } from "../store/tenants.ts";
import { createTenant } from "../tenants/create-tenant.ts";
import { presentTenant } from "../tenants/present.ts";

const create = createRoute({
  method: "post",
  path: "/tenants",
  tags: ["tenants"],
  summary: "Make a tenant",
  ...needs("tenants:write"),
  request: { headers: idempotencyHeader, body: jsonBody(TenantRequest) },
  responses: { 201: jsonResponse(Tenant, "The tenant"), ...problemResponses },
});

const list = createRoute({
  method: "get",
  path: "/tenants",
  tags: ["tenants"],
  summary: "List tenants, newest first",
  ...needs("tenants:read"),
  request: { query: PageQuery },
  responses: { 200: jsonResponse(page(Tenant), "A page of tenants"), ...problemResponses },
});

export function tenantsRoutes(): Router {
  const router = newRouter();

  router.openapi(create, async (c) => {
    const request = await idempotentRequest(c, callerOf(c).tenantId, "POST /tenants");
    const { tenant, replayed } = await createTenant(c.env, c.req.valid("json").name, Date.now(), request);
    markReplayed(c, replayed);
    return c.json(presentTenant(tenant), 201);
  });

  router.openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const scope = { list: "tenants", tenantId: callerOf(c).tenantId, filters: {} };
    const after = cursor === undefined ? undefined : await decodeCursor(c.get("settings"), scope, cursor);
    const rows = await listTenants(c.env, after, limit + 1);
    return c.json(await pageOf(c.get("settings"), scope, rows, limit, presentTenant), 200);
  });

  return router;
}
