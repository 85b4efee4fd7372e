import { createRoute, z } from "@hono/zod-openapi";
import { ApiKey, ApiKeyCreated, ApiKeyRequest } from "@reelway/shared/contracts/api-key";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { ApiKeyId, TenantId } from "@reelway/shared/ids";
import { auditOf } from "../audit/audit-entry.ts";
import { forgetCredential } from "../auth/holders.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { idempotencyHeader, idempotentRequest, markReplayed } from "../http/idempotency.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { listApiKeys, revokeApiKey } from "../store/api-keys.ts";
import { createApiKey } from "../tenants/create-api-key.ts";
import { presentApiKey } from "../tenants/present.ts";
import { tenantInScope } from "../tenants/tenant-in-scope.ts";

const OtherTenant = z.object({
  tenantId: TenantId.optional().meta({ description: "Another tenant's keys; only platform admins may" }),
});

const create = createRoute({
  method: "post",
  path: "/keys",
  tags: ["keys"],
  summary: "Make an API key",
  ...needs("keys:write"),
  request: { headers: idempotencyHeader, body: jsonBody(ApiKeyRequest) },
  ...problems("not_found", "too_many_keys"),
  responses: { 201: jsonResponse(ApiKeyCreated, "The key; its secret is shown this once") },
});

const list = createRoute({
  method: "get",
  path: "/keys",
  tags: ["keys"],
  summary: "List API keys, newest first",
  ...needs("keys:read"),
  request: { query: PageQuery.extend(OtherTenant.shape) },
  responses: { 200: jsonResponse(page(ApiKey), "A page of keys") },
});

const revoke = createRoute({
  method: "delete",
  path: "/keys/{id}",
  tags: ["keys"],
  summary: "Revoke an API key; it is refused everywhere within 30 seconds",
  ...needs("keys:write"),
  request: { params: z.object({ id: ApiKeyId }), query: OtherTenant },
  ...problems("last_admin_key"),
  responses: { 204: { description: "The key is revoked" } },
});

export function keysRoutes(): Router {
  const router = newRouter();

  router.openapi(create, async (c) => {
    const caller = callerOf(c);
    const request = await idempotentRequest(c, caller.tenantId, "POST /keys");
    const wanted = c.req.valid("json");
    const { name, role, scopes, expiresAt, tenantId } = wanted;
    const { key, replayed } = await createApiKey(c.env, c.get("settings"), {
      caller,
      wanted,
      request,
      now: Date.now(),
      auditWith: (resource) =>
        auditOf(c, { action: "key.create", resource, tenantId, detail: { name, role, scopes, expiresAt } }),
    });
    markReplayed(c, replayed);
    return c.json(key, 201);
  });

  router.openapi(list, async (c) => {
    const { cursor, limit, tenantId: named } = c.req.valid("query");
    const tenantId = tenantInScope(callerOf(c), named);
    const scope = { list: "keys", tenantId, filters: {} };
    const after = await decodeCursor(c.get("settings"), scope, cursor);
    const rows = await listApiKeys(c.env, tenantId, after, limit + 1);
    return c.json(await pageOf(c.get("settings"), scope, rows, limit, presentApiKey), 200);
  });

  router.openapi(revoke, async (c) => {
    const { id } = c.req.valid("param");
    const tenantId = tenantInScope(callerOf(c), c.req.valid("query").tenantId);
    const audit = auditOf(c, { action: "key.revoke", resource: id, tenantId });
    const outcome = await revokeApiKey(c.env, tenantId, id, Date.now(), audit);
    if (outcome !== "revoked") throw new ReelwayError(outcome);
    forgetCredential(id);
    return c.body(null, 204);
  });

  return router;
}
