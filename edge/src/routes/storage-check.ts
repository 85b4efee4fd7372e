import { createRoute } from "@hono/zod-openapi";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import {
  MissingBytesPage,
  UnknownBytes,
  UnknownBytesDeleted,
  UnknownBytesDeletion,
  UnknownBytesKept,
  UnknownBytesQuery,
} from "@reelway/shared/contracts/storage-check";
import { auditOf } from "../audit/audit-entry.ts";
import { fromBase64Url, toBase64Url } from "../encoding/base64url.ts";
import { decodeCursor, encodeCursor } from "../http/cursor.ts";
import { jsonBody, jsonResponse } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { findMissingBytes, type WalkPosition } from "../storage-check/missing-bytes.ts";
import { deleteUnknownBytes, findUnknownBytes } from "../storage-check/unknown-bytes.ts";
import { forgetDeletions } from "../store/unknown-roots.ts";

const canRead = { tags: ["storage"], ...needs("storage:read") };

const missing = createRoute({
  ...canRead,
  method: "get",
  path: "/storage/missing",
  summary:
    "Find sources and results whose bytes are gone or changed: a page looks at `limit` of them; platform admins and operators only",
  request: { query: PageQuery },
  responses: { 200: jsonResponse(MissingBytesPage, "What is not as the records say") },
});

const unknown = createRoute({
  ...canRead,
  method: "get",
  path: "/storage/unknown",
  summary: "Find bytes in a region's bucket that no record knows; platform admins and operators only",
  request: { query: UnknownBytesQuery },
  responses: { 200: jsonResponse(page(UnknownBytes), "A page of them; it may be empty, and not the last") },
});

const deleteUnknown = createRoute({
  tags: ["storage"],
  ...needs("storage:write"),
  method: "post",
  path: "/storage/unknown/delete",
  summary: "Delete bytes that no record knows, in a week where nothing else is said; platform admins only",
  request: { body: jsonBody(UnknownBytesDeletion) },
  responses: {
    200: jsonResponse(UnknownBytesDeleted, "What will be deleted, unless a record knows it by then"),
  },
});

const keepUnknown = createRoute({
  tags: ["storage"],
  ...needs("storage:write"),
  method: "post",
  path: "/storage/unknown/keep",
  summary: "Keep bytes that were to be deleted since no record knows them; platform admins only",
  request: { body: jsonBody(UnknownBytesKept) },
  responses: { 204: { description: "They stay" } },
});

export function storageCheckRoutes(): Router {
  const router = newRouter();

  router.openapi(missing, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const settings = c.get("settings");
    const scope = { list: "storage-missing", tenantId: callerOf(c).tenantId, filters: {} };
    const after = await decodeCursor(settings, scope, cursor);
    const position = after === undefined ? fromTheFirst : positionIn(fromText(after));
    const { items, objects, next } = await findMissingBytes(c.env, position, limit);
    const nextCursor = next && (await encodeCursor(settings, scope, toText(textOf(next))));
    return c.json({ items, objects, nextCursor }, 200);
  });

  router.openapi(unknown, async (c) => {
    const { cursor, limit, region } = c.req.valid("query");
    const settings = c.get("settings");
    const scope = { list: "storage-unknown", tenantId: callerOf(c).tenantId, filters: { region } };
    const after = await decodeCursor(settings, scope, cursor);
    const { items, next } = await findUnknownBytes(c.env, region, after === undefined ? after : fromText(after), limit);
    return c.json({ items, nextCursor: next && (await encodeCursor(settings, scope, toText(next))) }, 200);
  });

  router.openapi(deleteUnknown, async (c) => {
    const { region, roots, afterDays } = c.req.valid("json");
    const dueAt = Date.now() + afterDays * 86_400_000;
    const auditWith = (unknown: readonly string[]) =>
      auditOf(c, { action: "storage.delete", detail: { region, dueAt, roots: unknown } });
    const deleted = await deleteUnknownBytes(c.env, { region, roots, dueAt, auditWith });
    return c.json({ deletedAt: dueAt, roots: deleted }, 200);
  });

  router.openapi(keepUnknown, async (c) => {
    const { region, roots } = c.req.valid("json");
    await forgetDeletions(c.env, region, roots, auditOf(c, { action: "storage.keep", detail: { region, roots } }));
    return c.body(null, 204);
  });

  return router;
}

/** Names in a bucket may be anything, and a cursor's parts are not. */
const toText = (folder: string) => toBase64Url(new TextEncoder().encode(folder));
const fromText = (text: string) => new TextDecoder().decode(fromBase64Url(text));

const fromTheFirst: WalkPosition = { of: "sources", after: "", begun: null };

function textOf({ of, after, begun }: WalkPosition): string {
  return [of, after, ...(begun === null ? [] : [begun.id, begun.part])].join("/");
}

/** Of a cursor that we signed. */
function positionIn(text: string): WalkPosition {
  const [of, after = "", id, part] = text.split("/");
  const begun = id === undefined || part === undefined ? null : { id, part };
  return { of: of === "results" ? of : "sources", after, begun };
}
