import { createRoute } from "@hono/zod-openapi";
import { AuditQuery, AuditRecord, AuditVerification, AuditVerifyQuery } from "@reelway/shared/contracts/audit";
import { page } from "@reelway/shared/contracts/page";
import { presentAudit } from "../audit/present-audit.ts";
import { verifyAuditLog } from "../audit/verify-audit-log.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { jsonResponse } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs, needsInPlatform } from "../middleware/authenticate.ts";
import { listAudit } from "../store/audit-log.ts";
import { tenantInScope } from "../tenants/tenant-in-scope.ts";

const list = createRoute({
  method: "get",
  path: "/audit",
  tags: ["audit"],
  summary: "List the audit log, newest first",
  ...needs("audit:read"),
  request: { query: AuditQuery },
  responses: { 200: jsonResponse(page(AuditRecord), "A page of the log") },
});

const verify = createRoute({
  method: "get",
  path: "/audit/verify",
  tags: ["audit"],
  summary: "Recompute the audit log's hash chain and compare it with its seals and exports",
  ...needsInPlatform("audit:read"),
  request: { query: AuditVerifyQuery },
  responses: { 200: jsonResponse(AuditVerification, "Whether the stretch is as it was sealed") },
});

export function auditRoutes(): Router {
  const router = newRouter();

  router.openapi(list, async (c) => {
    const { cursor, limit, tenantId: named, ...filters } = c.req.valid("query");
    const settings = c.get("settings");
    const tenantId = tenantInScope(callerOf(c), named);
    const scope = { list: "audit", tenantId, filters };
    const after = await decodeCursor(settings, scope, cursor);
    const below = after === undefined ? undefined : Number(after);
    const rows = (await listAudit(c.env, tenantId, filters, below, limit + 1)).map((row) => ({
      id: String(row.sequence),
      row,
    }));
    return c.json(await pageOf(settings, scope, rows, limit, ({ row }) => presentAudit(row)), 200);
  });

  router.openapi(verify, async (c) => {
    const { after } = c.req.valid("query");
    return c.json(await verifyAuditLog(c.env, after), 200);
  });

  return router;
}
