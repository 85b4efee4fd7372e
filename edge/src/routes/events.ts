import { createRoute } from "@hono/zod-openapi";
import { type Event, EventsPage, EventsQuery } from "@reelway/shared/contracts/event";
import { jsonResponse } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { listEvents } from "../store/events.ts";
import type { EventRow } from "../store/rows.ts";

const list = createRoute({
  method: "get",
  path: "/events",
  tags: ["events"],
  summary: "List events, oldest first, from any point of the last 30 days",
  ...needs("events:read"),
  request: { query: EventsQuery },
  responses: { 200: jsonResponse(EventsPage, "The events behind `after`") },
});

export function eventsRoutes(): Router {
  const router = newRouter();

  router.openapi(list, async (c) => {
    const { limit, ...filters } = c.req.valid("query");
    const { rows, lastSequence } = await listEvents(c.env, callerOf(c).tenantId, filters, limit);
    return c.json({ items: rows.map(present), lastSequence }, 200);
  });

  return router;
}

function present({ id, sequence, type, at, data }: EventRow): Event {
  return { id, sequence, type, at, data };
}
