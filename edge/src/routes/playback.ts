import { createRoute, z } from "@hono/zod-openapi";
import { Playback, PlaybackRequest } from "@reelway/shared/contracts/playback";
import { JobId } from "@reelway/shared/ids";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { openPlayback } from "../playback/open-playback.ts";

const open = createRoute({
  method: "post",
  path: "/jobs/{id}/playback",
  tags: ["playback"],
  summary: "Get URLs for players, which need no other credential",
  ...needs("jobs:read"),
  request: { params: z.object({ id: JobId }), body: jsonBody(PlaybackRequest) },
  ...problems("not_a_stream", "stream_not_ready", "output_not_found", "output_expired"),
  responses: { 201: jsonResponse(Playback, "A token, and where it leads") },
});

export function playbackRoutes(): Router {
  const router = newRouter();

  router.openapi(open, async (c) => {
    const { tenantId } = callerOf(c);
    const { id } = c.req.valid("param");
    const opening = { ...c.req.valid("json"), tenantId, id, now: Date.now() };
    return c.json(await openPlayback(c.env, c.get("settings"), opening), 201);
  });

  return router;
}
