import { createRoute } from "@hono/zod-openapi";
import { Health } from "@reelway/shared/contracts/health";
import { defaultRegion } from "@reelway/shared/regions";
import { version } from "@reelway/shared/version";
import { sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { jsonResponse } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { databaseOf } from "../store/database.ts";

const alive = (path: string) =>
  createRoute({
    method: "get",
    path,
    tags: ["health"],
    summary: "Whether the Worker answers",
    responses: { 200: jsonResponse(Health, "It does") },
  });

const ready = createRoute({
  method: "get",
  path: "/readyz",
  tags: ["health"],
  summary: "Whether the store and the queue answer, too",
  responses: { 200: jsonResponse(Health, "They do"), 503: jsonResponse(Health, "One of them does not") },
});

export function healthRoutes(): Router {
  const router = newRouter();
  for (const path of ["/healthz", "/api/health"])
    router.openapi(alive(path), (c) => c.json({ status: "ok" as const, version }, 200));

  router.openapi(ready, async (c) => {
    const [database, queue] = await Promise.all([
      answerOf(databaseOf(c.env).run(sql`SELECT 1`)),
      answerOf(pingQueue(c.env)),
    ]);
    const checks = { database, queue };
    if (database === "ok" && queue === "ok") return c.json({ status: "ok" as const, version, checks }, 200);
    return c.json({ status: "unavailable" as const, version, checks }, 503);
  });
  return router;
}

/** One region's first shard: to wake them all for each probe would cost more than it tells. */
async function pingQueue(env: Env): Promise<void> {
  await callQueue(env, `${defaultRegion}:0`, async (queue) => await queue.ping());
}

/** Without the reason: whoever may ask this need not be known. */
function answerOf(check: Promise<unknown>): Promise<"ok" | "unavailable"> {
  return check.then(
    () => "ok",
    () => "unavailable",
  );
}
