import { createRoute, z } from "@hono/zod-openapi";
import { BreakerKey, BreakerReset, Breakers } from "@reelway/shared/contracts/breaker";
import { auditOf } from "../audit/audit-entry.ts";
import { listBreakers } from "../breakers/list-breakers.ts";
import { resetBreaker } from "../breakers/reset-breaker.ts";
import { jsonResponse } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { needs } from "../middleware/authenticate.ts";

const list = createRoute({
  method: "get",
  path: "/breakers",
  tags: ["breakers"],
  summary: "Runners, presets and tenants that are paused because their work keeps failing",
  ...needs("breakers:read"),
  responses: { 200: jsonResponse(Breakers, "All that are open or half open") },
});

const reset = createRoute({
  method: "post",
  path: "/breakers/{key}/reset",
  tags: ["breakers"],
  summary: "Let a paused party work at once, with its failures forgotten",
  ...needs("breakers:write"),
  request: { params: z.object({ key: BreakerKey }) },
  responses: { 200: jsonResponse(BreakerReset, "It is paused no more") },
});

export function breakersRoutes(): Router {
  const router = newRouter();

  router.openapi(list, async (c) => c.json(await listBreakers(c.env, c.get("settings"), c.get("log")), 200));

  router.openapi(reset, async (c) => {
    const { key } = c.req.valid("param");
    const audit = auditOf(c, { action: "breaker.reset", resource: key });
    const done = await resetBreaker(c.env, c.get("settings"), key, audit, c.get("log"));
    c.get("log").info("breaker reset", { key, shards: done.shards.join(" ") });
    return c.json(done, 200);
  });

  return router;
}
