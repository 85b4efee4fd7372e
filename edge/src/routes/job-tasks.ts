import { createRoute, z } from "@hono/zod-openapi";
import { JobPlan } from "@reelway/shared/contracts/job-plan";
import { JobTasks } from "@reelway/shared/contracts/job-task";
import { JobQuality } from "@reelway/shared/contracts/quality";
import { JobId } from "@reelway/shared/ids";
import { jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { listTasks } from "../jobs/list-tasks.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { showPlan } from "../streams/show-plan.ts";
import { showQuality } from "../streams/show-quality.ts";

const canRead = { tags: ["jobs"], ...needs("jobs:read"), request: { params: z.object({ id: JobId }) } };

const plan = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}/plan",
  summary: "How a stream is made: its ladder, its chunks, and why",
  ...problems("not_a_stream", "stream_not_ready", "output_expired", "storage_unavailable"),
  responses: { 200: jsonResponse(JobPlan, "The plan of the current run, or of the one before") },
});

const quality = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}/quality",
  summary: "How near a stream comes to its source: of each size, and chunk by chunk",
  ...problems("not_a_stream", "quality_not_measured", "stream_not_ready", "output_expired"),
  responses: { 200: jsonResponse(JobQuality, "What is measured so far") },
});

const tasks = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}/tasks",
  summary: "What a job consists of: which of it is done, by whom, and what is left",
  responses: { 200: jsonResponse(JobTasks, "Its tasks, in the order in which they follow from one another") },
});

export function jobTasksRoutes(): Router {
  const router = newRouter();

  router.openapi(plan, async (c) => {
    return c.json(await showPlan(c.env, callerOf(c).tenantId, c.req.valid("param").id), 200);
  });
  router.openapi(quality, async (c) => {
    return c.json(await showQuality(c.env, callerOf(c).tenantId, c.req.valid("param").id), 200);
  });
  router.openapi(tasks, async (c) => {
    return c.json({ items: await listTasks(c.env, callerOf(c).tenantId, c.req.valid("param").id) }, 200);
  });

  return router;
}
