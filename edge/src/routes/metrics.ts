import { createRoute, z } from "@hono/zod-openapi";
import { newRouter, type Router } from "../http/router.ts";
import { needs } from "../middleware/authenticate.ts";
import { expositionType } from "../observability/exposition.ts";
import { scrape, sourcesOf } from "../observability/scrape.ts";

const metrics = (path: string) =>
  createRoute({
    method: "get",
    path,
    tags: ["health"],
    summary: "Metrics in the text format of Prometheus",
    ...needs("metrics:read"),
    responses: {
      200: {
        description: "All series (docs/metrics.md)",
        content: { "text/plain": { schema: z.string() } },
      },
    },
  });

export function metricsRoutes(): Router {
  const router = newRouter();
  for (const path of ["/metrics", "/api/metrics"])
    router.openapi(metrics(path), async (c) => {
      const settings = c.get("settings");
      const text = await scrape(sourcesOf(c.env, settings), settings, c.get("log"));
      return c.text(text, 200, { "content-type": expositionType, "cache-control": "no-store" });
    });
  return router;
}
