import { createRoute, z } from "@hono/zod-openapi";
import {
  Asset,
  AssetCreated,
  AssetRequest,
  PartUrls,
  PartUrlsRequest,
  UploadedPart,
  UploadStatus,
} from "@reelway/shared/contracts/asset";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { AssetId } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { completeAsset } from "../assets/complete-asset.ts";
import { createAsset } from "../assets/create-asset.ts";
import { presentAsset } from "../assets/present.ts";
import { presignParts } from "../assets/presign-parts.ts";
import { uploadOf } from "../assets/presign-upload.ts";
import { recordPart } from "../assets/record-part.ts";
import { auditorOf } from "../audit/audit-entry.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { idempotencyHeader, idempotentRequest, markReplayed } from "../http/idempotency.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { dispatchSoon } from "../jobs/dispatch-soon.ts";
import { plannerOf } from "../jobs/planner.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { findAsset, findAssetWithParts, listAssets } from "../store/assets.ts";

const params = z.object({ id: AssetId });
const partParams = params.extend({ partNumber: z.coerce.number().int().min(1).max(limits.partsPerUpload) });
const canRead = { tags: ["assets"], ...needs("assets:read") };
const canWrite = { tags: ["assets"], ...needs("assets:write") };

const create = createRoute({
  ...canWrite,
  method: "post",
  path: "/assets",
  summary: "Announce a file and get the way to upload it, or have it fetched",
  request: { headers: idempotencyHeader, body: jsonBody(AssetRequest) },
  ...problems(
    "not_found",
    "too_many_uploads",
    "upload_too_large",
    "region_unavailable",
    "source_forbidden",
    "budget_exhausted",
  ),
  responses: { 201: jsonResponse(AssetCreated, "The asset and its upload") },
});

const list = createRoute({
  ...canRead,
  method: "get",
  path: "/assets",
  summary: "List assets, newest first",
  request: { query: PageQuery },
  responses: { 200: jsonResponse(page(Asset), "A page of assets") },
});

const get = createRoute({
  ...canRead,
  method: "get",
  path: "/assets/{id}",
  summary: "Read an asset",
  request: { params },
  responses: { 200: jsonResponse(Asset, "The asset") },
});

const upload = createRoute({
  ...canWrite,
  method: "get",
  path: "/assets/{id}/upload",
  summary: "Where an upload stands, to resume it from anywhere",
  request: { params },
  ...problems("illegal_move", "storage_unavailable"),
  responses: { 200: jsonResponse(UploadStatus, "The upload, with fresh URLs") },
});

const parts = createRoute({
  ...canWrite,
  method: "post",
  path: "/assets/{id}/parts",
  summary: "Get presigned PUTs for parts",
  request: { params, body: jsonBody(PartUrlsRequest) },
  ...problems("illegal_move"),
  responses: { 200: jsonResponse(PartUrls, "One request per part") },
});

const putPart = createRoute({
  ...canWrite,
  method: "put",
  path: "/assets/{id}/parts/{partNumber}",
  summary: "Tell that a part is uploaded",
  request: { params: partParams, body: jsonBody(UploadedPart) },
  ...problems("illegal_move"),
  responses: { 204: { description: "The part is recorded" } },
});

const complete = createRoute({
  ...canWrite,
  method: "post",
  path: "/assets/{id}/complete",
  summary: "End the upload: the file is checked and the asset is ready",
  request: { params },
  ...problems(
    "asset_failed",
    "illegal_move",
    "upload_mismatch",
    "upload_missing",
    "upload_parts_missing",
    "storage_unavailable",
  ),
  responses: { 200: jsonResponse(Asset, "The asset, ready") },
});

export function assetsRoutes(): Router {
  const router = newRouter();

  router.openapi(create, async (c) => {
    const { tenantId } = callerOf(c);
    const request = await idempotentRequest(c, tenantId, "POST /assets");
    const creation = { wanted: c.req.valid("json"), request, audit: auditorOf(c) };
    const { asset, replayed, dispatch } = await createAsset(plannerOf(c), creation);
    markReplayed(c, replayed);
    dispatchSoon(c, dispatch, "fetch accepted");
    return c.json({ asset: presentAsset(asset), upload: await uploadOf(c.get("settings"), asset) }, 201);
  });

  router.openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const { tenantId } = callerOf(c);
    const scope = { list: "assets", tenantId, filters: {} };
    const after = await decodeCursor(c.get("settings"), scope, cursor);
    const rows = await listAssets(c.env, tenantId, after, limit + 1);
    return c.json(await pageOf(c.get("settings"), scope, rows, limit, presentAsset), 200);
  });

  router.openapi(get, async (c) => {
    const asset = await findAsset(c.env, callerOf(c).tenantId, c.req.valid("param").id);
    if (!asset) throw new ReelwayError("not_found");
    return c.json(presentAsset(asset), 200);
  });

  router.openapi(upload, async (c) => {
    const { asset, parts } = await findAssetWithParts(c.env, callerOf(c).tenantId, c.req.valid("param").id);
    if (!asset) throw new ReelwayError("not_found");
    const status = {
      asset: presentAsset(asset),
      upload: await uploadOf(c.get("settings"), asset),
      uploadedParts: parts.map(({ partNumber }) => partNumber),
    };
    return c.json(status, 200);
  });

  router.openapi(parts, async (c) => {
    const asset = await findAsset(c.env, callerOf(c).tenantId, c.req.valid("param").id);
    if (!asset) throw new ReelwayError("not_found");
    return c.json(await presignParts(c.get("settings"), asset, c.req.valid("json").parts), 200);
  });

  router.openapi(putPart, async (c) => {
    const { id, partNumber } = c.req.valid("param");
    const { etag, md5 = null } = c.req.valid("json");
    await recordPart(c.env, callerOf(c).tenantId, { assetId: id, partNumber, etag, md5 });
    return c.body(null, 204);
  });

  router.openapi(complete, async (c) => {
    const asset = await completeAsset(c.env, callerOf(c).tenantId, c.req.valid("param").id, Date.now(), auditorOf(c));
    return c.json(presentAsset(asset), 200);
  });

  return router;
}
