import { createRoute, z } from "@hono/zod-openapi";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import { Tenant, TenantRequest, TenantUpdate } from "@reelway/shared/contracts/tenant";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { TenantId } from "@reelway/shared/ids";
import { auditOf } from "../audit/audit-entry.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { idempotencyHeader, idempotentRequest, markReplayed } from "../http/idempotency.ts";
import { jsonBody, jsonResponse } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { forgetAllowedRegions } from "../regions/placement-rules.ts";
import { findTenant, listTenants, updateTenant } from "../store/tenants.ts";
import { createTenant } from "../tenants/create-tenant.ts";
import { presentTenant } from "../tenants/present.ts";
import { refuseSmallShare } from "../tenants/refuse-small-share.ts";
import { tellShareSoon } from "../tenants/tell-shares.ts";

const create = createRoute({
  method: "post",
  path: "/tenants",
  tags: ["tenants"],
  summary: "Make a tenant",
  ...needs("tenants:write"),
  request: { headers: idempotencyHeader, body: jsonBody(TenantRequest) },
  responses: { 201: jsonResponse(Tenant, "The tenant") },
});

const list = createRoute({
  method: "get",
  path: "/tenants",
  tags: ["tenants"],
  summary: "List tenants, newest first",
  ...needs("tenants:read"),
  request: { query: PageQuery },
  responses: { 200: jsonResponse(page(Tenant), "A page of tenants") },
});

const get = createRoute({
  method: "get",
  path: "/tenants/{id}",
  tags: ["tenants"],
  summary: "One tenant",
  ...needs("tenants:read"),
  request: { params: z.object({ id: TenantId }) },
  responses: { 200: jsonResponse(Tenant, "The tenant") },
});

const update = createRoute({
  method: "patch",
  path: "/tenants/{id}",
  tags: ["tenants"],
  summary: "Change a tenant's name, allowed regions, retention or limits",
  ...needs("tenants:write"),
  request: { params: z.object({ id: TenantId }), body: jsonBody(TenantUpdate) },
  responses: { 200: jsonResponse(Tenant, "The tenant as it is now") },
});

const getOwn = createRoute({
  method: "get",
  path: "/tenant",
  operationId: "getOwnTenant",
  tags: ["tenants"],
  summary: "The caller's own tenant",
  ...needs("users:read"),
  responses: { 200: jsonResponse(Tenant, "The tenant") },
});

export function tenantsRoutes(): Router {
  const router = newRouter();

  router.openapi(create, async (c) => {
    const request = await idempotentRequest(c, callerOf(c).tenantId, "POST /tenants");
    const { name } = c.req.valid("json");
    const { tenant, replayed } = await createTenant(c.env, {
      name,
      now: Date.now(),
      request,
      auditWith: (resource) => auditOf(c, { action: "tenant.create", tenantId: resource, resource, detail: { name } }),
    });
    markReplayed(c, replayed);
    return c.json(presentTenant(tenant), 201);
  });

  router.openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const scope = { list: "tenants", tenantId: callerOf(c).tenantId, filters: {} };
    const after = await decodeCursor(c.get("settings"), scope, cursor);
    const rows = await listTenants(c.env, after, limit + 1);
    return c.json(await pageOf(c.get("settings"), scope, rows, limit, presentTenant), 200);
  });

  router.openapi(get, async (c) => {
    const tenant = await findTenant(c.env, c.req.valid("param").id);
    if (!tenant) throw new ReelwayError("not_found");
    return c.json(presentTenant(tenant), 200);
  });

  router.openapi(update, async (c) => {
    const { id } = c.req.valid("param");
    const changes = c.req.valid("json");
    const audit = auditOf(c, { action: "tenant.update", tenantId: id, resource: id, detail: changes });
    refuseSmallShare(c.get("settings"), changes);
    const tenant = await updateTenant(c.env, id, changes, Date.now(), audit);
    if (!tenant) throw new ReelwayError("not_found");
    forgetAllowedRegions(id);
    if (changes.maxRunning !== undefined) await tellShareSoon(c.env, id, c.get("log"));
    return c.json(presentTenant(tenant), 200);
  });

  router.openapi(getOwn, async (c) => {
    const tenant = await findTenant(c.env, callerOf(c).tenantId);
    if (!tenant) throw new ReelwayError("not_found");
    return c.json(presentTenant(tenant), 200);
  });

  return router;
}
