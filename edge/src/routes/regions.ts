import { createRoute, z } from "@hono/zod-openapi";
import { RegionDrainRequest, RegionReport } from "@reelway/shared/contracts/region";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isAllowed } from "@reelway/shared/permissions";
import { RegionId } from "@reelway/shared/regions";
import { auditOf } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { jsonBody, jsonResponse } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { needs } from "../middleware/authenticate.ts";
import { drainRegion, resumeRegion } from "../regions/drain-region.ts";
import { listRegions, reportRegions } from "../regions/report.ts";
import type { Settings } from "../settings.ts";

const params = z.object({ id: RegionId });

const list = createRoute({
  method: "get",
  path: "/regions",
  tags: ["regions"],
  summary: "The regions; for those who may see the fleet, with what waits and runs in each",
  ...needs("assets:read"),
  responses: { 200: jsonResponse(z.object({ items: z.array(RegionReport) }), "All regions") },
});

const drain = createRoute({
  method: "post",
  path: "/regions/{id}/drain",
  tags: ["regions"],
  summary: "Take a region out of use: nothing new goes there, what waits leaves, what runs ends there",
  ...needs("regions:write"),
  request: { params, body: jsonBody(RegionDrainRequest) },
  responses: { 200: jsonResponse(RegionReport, "The region, drained") },
});

const resume = createRoute({
  method: "post",
  path: "/regions/{id}/resume",
  tags: ["regions"],
  summary: "Put a drained region into use again",
  ...needs("regions:write"),
  request: { params },
  responses: { 200: jsonResponse(RegionReport, "The region") },
});

export function regionsRoutes(): Router {
  const router = newRouter();

  router.openapi(list, async (c) => {
    const seesFleet = isAllowed(c.get("principal"), "runners:read");
    const items = seesFleet ? await reportRegions(c.env, c.get("settings"), Date.now()) : await listRegions(c.env);
    return c.json({ items }, 200);
  });

  router.openapi(drain, async (c) => {
    const { id: region } = c.req.valid("param");
    const { reason } = c.req.valid("json");
    const audit = auditOf(c, { action: "region.drain", resource: region, detail: { reason } });
    await drainRegion(c.env, c.get("settings"), { region, reason, audit, now: Date.now() }, c.get("log"));
    c.get("log").info("region drained", { region });
    return c.json(await reportOf(c.env, c.get("settings"), region), 200);
  });

  router.openapi(resume, async (c) => {
    const { id: region } = c.req.valid("param");
    await resumeRegion(c.env, region, auditOf(c, { action: "region.resume", resource: region }));
    c.get("log").info("region resumed", { region });
    return c.json(await reportOf(c.env, c.get("settings"), region), 200);
  });

  return router;
}

async function reportOf(env: Env, settings: Settings, region: RegionId): Promise<RegionReport> {
  const report = (await reportRegions(env, settings, Date.now())).find(({ id }) => id === region);
  if (!report) throw new ReelwayError("not_found");
  return report;
}
