import { createRoute, z } from "@hono/zod-openapi";
import { RegionReport } from "@reelway/shared/contracts/region";
import { isAllowed } from "@reelway/shared/permissions";
import { type RegionId, regionIds, regions } from "@reelway/shared/regions";
import type { QueueCounts } from "@reelway/shared/scheduling/store";
import { shardsOf } from "@reelway/shared/shards";
import type { Env } from "../env.ts";
import { jsonResponse, problemResponses } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { needs } from "../middleware/authenticate.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import type { Settings } from "../settings.ts";

const list = createRoute({
  method: "get",
  path: "/regions",
  tags: ["regions"],
  summary: "The regions; for those who may see the fleet, with what waits and runs in each",
  ...needs("assets:read"),
  responses: { 200: jsonResponse(z.object({ items: z.array(RegionReport) }), "All regions"), ...problemResponses },
});

export function regionsRoutes(): Router {
  const router = newRouter();

  router.openapi(list, async (c) => {
    const seesQueues = isAllowed(c.get("principal"), "runners:read");
    const items = regionIds.map(async (id) => {
      const { name, jurisdiction = null } = regions[id];
      return { id, name, jurisdiction, queue: seesQueues ? await countsIn(c.env, c.get("settings"), id) : null };
    });
    return c.json({ items: await Promise.all(items) }, 200);
  });

  return router;
}

/** The sum over a region's shards; null while one of them does not answer: the list must not fail with it. */
async function countsIn(env: Env, { queueShards }: Settings, region: RegionId): Promise<QueueCounts | null> {
  try {
    const counts = await Promise.all(
      shardsOf(region, queueShards).map((shard) => callQueue(env, shard, async (queue) => await queue.counts())),
    );
    return counts.reduce((sum, shard) => ({
      ready: sum.ready + shard.ready,
      delayed: sum.delayed + shard.delayed,
      leased: sum.leased + shard.leased,
      dead: sum.dead + shard.dead,
      oldestReadyAt: earlier(sum.oldestReadyAt, shard.oldestReadyAt),
      unacknowledgedEvents: sum.unacknowledgedEvents + shard.unacknowledgedEvents,
    }));
  } catch {
    return null;
  }
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
