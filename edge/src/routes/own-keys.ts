import { createRoute, z } from "@hono/zod-openapi";
import { ApiKey, ApiKeyCreated, OwnKeyRequest } from "@reelway/shared/contracts/api-key";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { ApiKeyId } from "@reelway/shared/ids";
import { auditOf } from "../audit/audit-entry.ts";
import { forgetCredential } from "../auth/holders.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { idempotencyHeader, idempotentRequest, markReplayed } from "../http/idempotency.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { needsCaller, signedInUserOf } from "../middleware/authenticate.ts";
import { findApiKey, listApiKeysOf, revokeApiKey } from "../store/api-keys.ts";
import { createApiKey } from "../tenants/create-api-key.ts";
import { presentApiKey } from "../tenants/present.ts";

const own = { tags: ["keys"], ...needsCaller() };

const create = createRoute({
  ...own,
  method: "post",
  path: "/auth/keys",
  operationId: "createOwnKey",
  summary: "Make an API key that hangs on oneself, whatever one's role",
  ...problems("forbidden", "too_many_keys"),
  request: { headers: idempotencyHeader, body: jsonBody(OwnKeyRequest) },
  responses: { 201: jsonResponse(ApiKeyCreated, "The key; its secret is shown this once") },
});

const list = createRoute({
  ...own,
  method: "get",
  path: "/auth/keys",
  operationId: "listOwnKeys",
  summary: "List the API keys that hang on oneself, newest first",
  ...problems("forbidden"),
  request: { query: PageQuery },
  responses: { 200: jsonResponse(page(ApiKey), "A page of keys") },
});

const revoke = createRoute({
  ...own,
  method: "delete",
  path: "/auth/keys/{id}",
  operationId: "deleteOwnKey",
  summary: "Revoke an API key that hangs on oneself",
  ...problems("forbidden"),
  request: { params: z.object({ id: ApiKeyId }) },
  responses: { 204: { description: "The key is revoked" } },
});

/** What people do with keys of their own: they can never do more than their maker may (docs/identity.md). */
export function ownKeysRoutes(): Router {
  const router = newRouter();

  router.openapi(create, async (c) => {
    const user = signedInUserOf(c);
    const wanted = c.req.valid("json");
    const { name, role, scopes, expiresAt } = wanted;
    const { key, replayed } = await createApiKey(c.env, c.get("settings"), {
      caller: user,
      wanted,
      request: await idempotentRequest(c, user.tenantId, `POST /auth/keys ${user.id}`),
      now: Date.now(),
      auditWith: (resource) =>
        auditOf(c, { action: "key.create", resource, detail: { name, role, scopes, expiresAt } }),
    });
    markReplayed(c, replayed);
    return c.json(key, 201);
  });

  router.openapi(list, async (c) => {
    const { id: makerId, tenantId } = signedInUserOf(c);
    const { cursor, limit } = c.req.valid("query");
    const scope = { list: "own-keys", tenantId, filters: { makerId } };
    const after = await decodeCursor(c.get("settings"), scope, cursor);
    const rows = await listApiKeysOf(c.env, { tenantId, makerId }, after, limit + 1);
    return c.json(await pageOf(c.get("settings"), scope, rows, limit, presentApiKey), 200);
  });

  router.openapi(revoke, async (c) => {
    const { id: userId, tenantId } = signedInUserOf(c);
    const { id } = c.req.valid("param");
    const key = await findApiKey(c.env, tenantId, id);
    if (key?.makerId !== userId) throw new ReelwayError("not_found");
    // It hangs on a user: the platform's last admin key does not.
    await revokeApiKey(c.env, tenantId, id, Date.now(), auditOf(c, { action: "key.revoke", resource: id }));
    forgetCredential(id);
    return c.body(null, 204);
  });

  return router;
}
