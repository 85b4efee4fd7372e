import { createRoute, z } from "@hono/zod-openapi";
import { DeadMessage, DeadMessageId } from "@reelway/shared/contracts/dead-message";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { auditOf } from "../audit/audit-entry.ts";
import { replayDeadMessage } from "../dead-messages/replay-dead-message.ts";
import { decodeCursor, encodeCursor } from "../http/cursor.ts";
import { jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import {
  type DeadMessagePosition,
  findDeadMessage,
  listDeadMessages,
  removeDeadMessage,
} from "../store/dead-messages.ts";

const params = z.object({ id: DeadMessageId });
const canRead = { tags: ["dead letters"], ...needs("dead-messages:read") };
const canWrite = { tags: ["dead letters"], ...needs("dead-messages:write") };

const list = createRoute({
  ...canRead,
  method: "get",
  path: "/dead-messages",
  summary: "List queue messages that could not be handled, newest first; platform admins and operators only",
  request: { query: PageQuery },
  responses: { 200: jsonResponse(page(DeadMessage), "A page of messages") },
});

const show = createRoute({
  ...canRead,
  method: "get",
  path: "/dead-messages/{id}",
  summary: "A queue message that could not be handled",
  request: { params },
  responses: { 200: jsonResponse(DeadMessage, "The message") },
});

const replay = createRoute({
  ...canWrite,
  ...problems("illegal_move"),
  method: "post",
  path: "/dead-messages/{id}/replay",
  summary: "Send it to its queue once more",
  request: { params },
  responses: { 204: { description: "It is on its way" } },
});

const discard = createRoute({
  ...canWrite,
  method: "post",
  path: "/dead-messages/{id}/discard",
  summary: "Forget it",
  request: { params },
  responses: { 204: { description: "It is gone" } },
});

export function deadMessagesRoutes(): Router {
  const router = newRouter();

  router.openapi(list, async (c) => {
    const scope = { list: "dead-messages", tenantId: callerOf(c).tenantId, filters: {} };
    const { cursor, limit } = c.req.valid("query");
    const settings = c.get("settings");
    const after = await decodeCursor(settings, scope, cursor);
    const rows = await listDeadMessages(c.env, after === undefined ? undefined : positionOf(after), limit + 1);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const nextCursor =
      rows.length > limit && last ? await encodeCursor(settings, scope, `${last.createdAt}:${last.id}`) : null;
    return c.json({ items, nextCursor }, 200);
  });

  router.openapi(show, async (c) => {
    const message = await findDeadMessage(c.env, c.req.valid("param").id);
    if (!message) throw new ReelwayError("not_found");
    return c.json(message, 200);
  });

  router.openapi(replay, async (c) => {
    const { id } = c.req.valid("param");
    await replayDeadMessage(c.env, id, auditOf(c, { action: "dead_message.replay", resource: id }));
    return c.body(null, 204);
  });

  router.openapi(discard, async (c) => {
    const { id } = c.req.valid("param");
    const audit = auditOf(c, { action: "dead_message.discard", resource: id });
    if (!(await removeDeadMessage(c.env, id, audit))) throw new ReelwayError("not_found");
    return c.body(null, 204);
  });

  return router;
}

function positionOf(text: string): DeadMessagePosition {
  const [createdAt = "", id = ""] = text.split(":");
  return { createdAt: Number(createdAt), id };
}
