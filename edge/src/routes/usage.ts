import { createRoute } from "@hono/zod-openapi";
import { page } from "@reelway/shared/contracts/page";
import { TenantsUsageQuery, TenantUsage, Usage, UsageQuery } from "@reelway/shared/contracts/usage";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { jsonResponse } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { readUsage, readUsageByTenant } from "../store/usage.ts";
import { tenantInScope } from "../tenants/tenant-in-scope.ts";
import { dayOf, spanOf } from "../usage/days.ts";
import { presentTenantUsage, presentUsage } from "../usage/present-usage.ts";

const get = createRoute({
  method: "get",
  path: "/usage",
  tags: ["usage"],
  summary: "What a tenant used, day by day, what it has stored now, and its budget of today",
  ...needs("usage:read"),
  request: { query: UsageQuery },
  responses: { 200: jsonResponse(Usage, "The usage") },
});

const listByTenant = createRoute({
  method: "get",
  path: "/usage/tenants",
  tags: ["usage"],
  summary: "What each tenant used in all, newest tenants first",
  ...needs("tenants:read"),
  request: { query: TenantsUsageQuery },
  responses: { 200: jsonResponse(page(TenantUsage), "A page of tenants") },
});

export function usageRoutes(): Router {
  const router = newRouter();

  router.openapi(get, async (c) => {
    const { tenantId: named, ...asked } = c.req.valid("query");
    const tenantId = tenantInScope(callerOf(c), named);
    const now = Date.now();
    const [span, today] = [spanOf(asked, now), dayOf(now)];
    return c.json(presentUsage(tenantId, span, await readUsage(c.env, tenantId, span, today), today), 200);
  });

  router.openapi(listByTenant, async (c) => {
    const { cursor, limit, ...asked } = c.req.valid("query");
    const span = spanOf(asked, Date.now());
    const scope = { list: "usage", tenantId: callerOf(c).tenantId, filters: { ...span } };
    const after = await decodeCursor(c.get("settings"), scope, cursor);
    const rows = await readUsageByTenant(c.env, span, after, limit + 1);
    return c.json(await pageOf(c.get("settings"), scope, rows, limit, presentTenantUsage), 200);
  });

  return router;
}
