import { createRoute, z } from "@hono/zod-openapi";
import { JobWaiting } from "@reelway/shared/contracts/waiting";
import { JobId } from "@reelway/shared/ids";
import { jsonResponse } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { whyWaiting } from "../waiting/why-waiting.ts";

const waiting = createRoute({
  method: "get",
  path: "/jobs/{id}/waiting",
  tags: ["jobs"],
  summary: "Why a job does not run yet: the exact reason, and until when",
  ...needs("jobs:read"),
  request: { params: z.object({ id: JobId }) },
  responses: { 200: jsonResponse(JobWaiting, "The reason as of now") },
});

export function waitingRoutes(): Router {
  const router = newRouter();

  router.openapi(waiting, async (c) => {
    const { tenantId } = callerOf(c);
    return c.json(await whyWaiting(c.env, c.get("settings"), tenantId, c.req.valid("param").id, Date.now()), 200);
  });

  return router;
}
