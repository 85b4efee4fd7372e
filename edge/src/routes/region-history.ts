import { createRoute } from "@hono/zod-openapi";
import { RegionHistory, RegionHistoryQuery } from "@reelway/shared/contracts/region-history";
import { jsonResponse } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { needs } from "../middleware/authenticate.ts";
import { readHistory } from "../regions/history/read.ts";

const history = createRoute({
  method: "get",
  path: "/regions/history",
  tags: ["regions"],
  summary: "How regions did over time: what waited and for how long, what was done, and what failed",
  ...needs("runners:read"),
  request: { query: RegionHistoryQuery },
  responses: { 200: jsonResponse(RegionHistory, "The history, up to now") },
});

export function regionHistoryRoutes(): Router {
  const router = newRouter();
  router.openapi(history, async (c) => {
    const { region = null, window } = c.req.valid("query");
    return c.json(await readHistory(c.env, { region, window }, Date.now()), 200);
  });
  return router;
}
