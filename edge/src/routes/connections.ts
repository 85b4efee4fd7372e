import { createRoute, z } from "@hono/zod-openapi";
import {
  Connection,
  ConnectionCreateQuery,
  ConnectionRequest,
  ConnectionTest,
} from "@reelway/shared/contracts/connection";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { ConnectionId } from "@reelway/shared/ids";
import { auditOf, auditorOf } from "../audit/audit-entry.ts";
import { accessOf } from "../connections/bucket-access.ts";
import { createConnection } from "../connections/create-connection.ts";
import { presentConnection } from "../connections/present-connection.ts";
import { tryBucket } from "../connections/try-bucket.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { idempotencyHeader, idempotentRequest, markReplayed } from "../http/idempotency.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { deleteConnection, findConnection, listConnections } from "../store/connections.ts";

const params = z.object({ id: ConnectionId });
const canRead = { tags: ["connections"], ...needs("connections:read") };
const canWrite = { tags: ["connections"], ...needs("connections:write") };

const create = createRoute({
  ...canWrite,
  method: "post",
  path: "/connections",
  summary: "Connect a bucket of the tenant's own; it is tried first",
  request: { headers: idempotencyHeader, query: ConnectionCreateQuery, body: jsonBody(ConnectionRequest) },
  ...problems("source_forbidden", "too_many_connections", "connection_refused"),
  responses: { 201: jsonResponse(Connection, "The connection, without its secret") },
});

const list = createRoute({
  ...canRead,
  method: "get",
  path: "/connections",
  summary: "List connections, newest first",
  request: { query: PageQuery },
  responses: { 200: jsonResponse(page(Connection), "A page of connections") },
});

const get = createRoute({
  ...canRead,
  method: "get",
  path: "/connections/{id}",
  summary: "Read a connection",
  request: { params },
  responses: { 200: jsonResponse(Connection, "The connection") },
});

const remove = createRoute({
  ...canWrite,
  method: "delete",
  path: "/connections/{id}",
  summary: "Delete a connection and its credentials, unless a live job uses it",
  request: { params },
  ...problems("connection_in_use"),
  responses: { 204: { description: "The connection is deleted" } },
});

const test = createRoute({
  ...canWrite,
  method: "post",
  path: "/connections/{id}/test",
  summary: "Try a connection's bucket",
  request: { params },
  ...problems("connection_refused"),
  responses: { 200: jsonResponse(ConnectionTest, "The bucket answered") },
});

export function connectionsRoutes(): Router {
  const router = newRouter();

  router.openapi(create, async (c) => {
    const { tenantId } = callerOf(c);
    const request = await idempotentRequest(c, tenantId, "POST /connections");
    const { verify } = c.req.valid("query");
    const wanted = c.req.valid("json");
    const creation = { tenantId, wanted, verify, request, audit: auditorOf(c), now: Date.now() };
    const { connection, replayed } = await createConnection(c.env, c.get("settings"), creation);
    markReplayed(c, replayed);
    return c.json(presentConnection(connection), 201);
  });

  router.openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const { tenantId } = callerOf(c);
    const scope = { list: "connections", tenantId, filters: {} };
    const after = await decodeCursor(c.get("settings"), scope, cursor);
    const rows = await listConnections(c.env, tenantId, after, limit + 1);
    return c.json(await pageOf(c.get("settings"), scope, rows, limit, presentConnection), 200);
  });

  router.openapi(get, async (c) => {
    const row = await findConnection(c.env, callerOf(c).tenantId, c.req.valid("param").id);
    if (!row) throw new ReelwayError("not_found");
    return c.json(presentConnection(row), 200);
  });

  router.openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    const audit = auditOf(c, { action: "connection.delete", resource: id });
    const outcome = await deleteConnection(c.env, callerOf(c).tenantId, id, Date.now(), audit);
    if (outcome === "unknown") throw new ReelwayError("not_found");
    if (outcome === "in_use") throw new ReelwayError("connection_in_use");
    return c.body(null, 204);
  });

  router.openapi(test, async (c) => {
    const row = await findConnection(c.env, callerOf(c).tenantId, c.req.valid("param").id);
    if (!row) throw new ReelwayError("not_found");
    const startedAt = Date.now();
    await tryBucket(c.get("settings"), await accessOf(c.get("settings"), row), row.prefix);
    return c.json({ id: row.id, ok: true as const, durationMs: Date.now() - startedAt }, 200);
  });

  return router;
}
