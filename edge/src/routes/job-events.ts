import { createRoute, z } from "@hono/zod-openapi";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { JobId } from "@reelway/shared/ids";
import { eventStreamOf } from "../channel/event-stream.ts";
import { openChannel } from "../channel/open-channel.ts";
import { problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { findJobToWatch } from "../store/jobs.ts";

const events = createRoute({
  method: "get",
  path: "/jobs/{id}/events",
  tags: ["jobs"],
  summary: "Live progress: the current status first, then each change, until the job has ended",
  description:
    "A WebSocket where the request asks for one, else server-sent events named `status` whose `id` is the frame's sequence. Each frame is a JobStatus.",
  ...needs("jobs:read"),
  request: { params: z.object({ id: JobId }) },
  ...problems("cross_site_request"),
  responses: {
    101: { description: "The WebSocket" },
    200: { description: "The stream", content: { "text/event-stream": {} } },
  },
});

export function jobEventsRoutes(): Router {
  const router = newRouter();

  router.openapi(events, async (c) => {
    const { tenantId, sessionId, id: callerId } = callerOf(c);
    const job = await findJobToWatch(c.env, tenantId, c.req.valid("param").id, Date.now());
    if (!job) throw new ReelwayError("not_found");
    const socket = await openChannel(c.env, job, sessionId ?? callerId);
    if (c.req.header("upgrade")?.toLowerCase() === "websocket")
      return new Response(null, { status: 101, webSocket: socket });
    return new Response(eventStreamOf(socket, c.req.raw.signal), {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
    });
  });

  return router;
}
