import { createRoute } from "@hono/zod-openapi";
import { HeartbeatAnswer, HeartbeatRequest, LeaseAnswer, LeaseRequest } from "@reelway/shared/contracts/lease";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { beat } from "../leases/heartbeat.ts";
import { leaseContext } from "../leases/lease-context.ts";
import { leaseWork } from "../leases/lease-work.ts";
import { needs, runnerOf } from "../middleware/authenticate.ts";
import { runnerIdHeader } from "../objects/region-queue-messages.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { doorbellShardOf } from "../runners/fleet.ts";

const lease = createRoute({
  method: "post",
  path: "/runner/leases",
  tags: ["runner protocol"],
  summary: "Ask for work, and wait for it where there is none",
  ...needs("work:lease"),
  request: { body: jsonBody(LeaseRequest) },
  ...problems("runner_outdated"),
  responses: { 200: jsonResponse(LeaseAnswer, "The tasks, or none") },
});

const heartbeat = createRoute({
  method: "post",
  path: "/runner/heartbeat",
  tags: ["runner protocol"],
  summary: "One beat for all leases: the verdict on each",
  ...needs("work:lease"),
  request: { body: jsonBody(HeartbeatRequest) },
  ...problems("runner_outdated"),
  responses: { 200: jsonResponse(HeartbeatAnswer, "The verdicts") },
});

const doorbell = createRoute({
  method: "get",
  path: "/runner/doorbell",
  tags: ["runner protocol"],
  summary: "A WebSocket that rings when there is work",
  ...needs("work:lease"),
  ...problems("runner_outdated", "invalid_request"),
  responses: { 101: { description: "The WebSocket" } },
});

export function runnerWorkRoutes(): Router {
  const router = newRouter();

  router.openapi(lease, async (c) => {
    const { signal } = c.req.raw;
    return c.json(await leaseWork(leaseContext(c), runnerOf(c), c.req.valid("json"), signal), 200);
  });

  router.openapi(heartbeat, async (c) => c.json(await beat(leaseContext(c), runnerOf(c), c.req.valid("json")), 200));

  router.openapi(doorbell, async (c) => {
    if (c.req.header("upgrade")?.toLowerCase() !== "websocket")
      throw new ReelwayError("invalid_request", "the doorbell is a WebSocket: send Upgrade: websocket");
    const { id } = runnerOf(c);
    const headers = { upgrade: "websocket", [runnerIdHeader]: id };
    return callQueue(c.env, doorbellShardOf(c.get("settings"), id), (queue) =>
      queue.fetch("https://region-queue/", { headers }),
    );
  });

  return router;
}
