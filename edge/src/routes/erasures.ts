import { createRoute, z } from "@hono/zod-openapi";
import { AssetErasure, JobErasure } from "@reelway/shared/contracts/erasure";
import { AssetId, JobId } from "@reelway/shared/ids";
import { deleteAsset } from "../assets/delete-asset.ts";
import { auditOf } from "../audit/audit-entry.ts";
import { jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { deleteOutputs } from "../retention/delete-outputs.ts";

const removeAsset = createRoute({
  method: "delete",
  path: "/assets/{id}",
  tags: ["assets"],
  summary: "Delete an asset and every byte of it, or end its upload",
  ...needs("assets:write"),
  request: {
    params: z.object({ id: AssetId }),
    query: z.strictObject({
      outputs: z
        .stringbool({ truthy: ["true"], falsy: ["false"] })
        .default(false)
        .meta({ description: "What its ended jobs made is deleted too", type: "boolean" }),
    }),
  },
  ...problems("asset_in_use", "storage_unavailable"),
  responses: { 200: jsonResponse(AssetErasure, "What was deleted") },
});

const removeOutputs = createRoute({
  method: "delete",
  path: "/jobs/{id}/outputs",
  tags: ["outputs"],
  summary: "Delete what a job made; the job itself stays",
  ...needs("jobs:write"),
  request: { params: z.object({ id: JobId }) },
  ...problems("illegal_move", "job_not_finished", "storage_unavailable"),
  responses: { 200: jsonResponse(JobErasure, "What was deleted") },
});

/** Deletions of bytes, which answer with a receipt. */
export function erasuresRoutes(): Router {
  const router = newRouter();

  router.openapi(removeAsset, async (c) => {
    const { id } = c.req.valid("param");
    const { outputs } = c.req.valid("query");
    const { tenantId } = callerOf(c);
    const audit = auditOf(c, { action: "asset.delete", resource: id, detail: { outputs } });
    const { leaseMs } = c.get("settings");
    return c.json(await deleteAsset(c.env, { tenantId, id, outputs, leaseMs, audit, now: Date.now() }), 200);
  });

  router.openapi(removeOutputs, async (c) => {
    const { id } = c.req.valid("param");
    const { tenantId } = callerOf(c);
    const audit = auditOf(c, { action: "job.outputs_delete", resource: id });
    const { leaseMs } = c.get("settings");
    return c.json(await deleteOutputs(c.env, { tenantId, id, leaseMs, audit, now: Date.now() }), 200);
  });

  return router;
}
