import { createRoute, z } from "@hono/zod-openapi";
import {
  InputGrants,
  OutputGrantRequest,
  OutputGrants,
  OutputMultipart,
  OutputMultipartCompleted,
  OutputMultipartCompleteRequest,
  OutputMultipartRequest,
  PackageReports,
  RenditionFiles,
  RenditionFilesRequest,
} from "@reelway/shared/contracts/grant";
import {
  CompleteRequest,
  FailRequest,
  LeaseOutcome,
  leaseTokenHeader,
  ProgressReport,
  ReleaseRequest,
} from "@reelway/shared/contracts/lease";
import { StreamFindings } from "@reelway/shared/contracts/quality";
import type { ErrorCode } from "@reelway/shared/errors/catalogue";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { completeLease, failLease, releaseLease } from "../leases/end-lease.ts";
import { grantInputsAgain } from "../leases/input-grants.ts";
import { leaseContext } from "../leases/lease-context.ts";
import { grantOutputs } from "../leases/output-grants.ts";
import { completeMultipart, grantMultipart } from "../leases/output-multipart.ts";
import { reportProgress } from "../leases/progress.ts";
import { leaseClaimsOf } from "../leases/require-lease.ts";
import { needs } from "../middleware/authenticate.ts";
import { packageReports } from "../streams/package-reports.ts";
import { grantRenditionFiles } from "../streams/rendition-files.ts";
import { streamFindings } from "../streams/stream-findings.ts";

const LeaseHeaders = z.object({
  // Optional here, so that a missing one is answered like any other token that is not valid.
  [leaseTokenHeader]: z
    .string()
    .max(2_000)
    .optional()
    .meta({ description: "The lease's token, beside the runner's credential" }),
});

/** A call about one leased task: the runner's own credential, and the lease's token. */
const route = <Path extends string, Body extends z.ZodType>(
  path: Path,
  summary: string,
  body: Body,
  ...own: ErrorCode[]
) => ({
  method: "post" as const,
  path,
  tags: ["runner protocol"],
  summary,
  ...needs("work:lease"),
  ...problems("lease_lost", "lease_token_invalid", ...own),
  request: { headers: LeaseHeaders, body: jsonBody(body) },
});

const inputs = createRoute({
  ...route("/leases/inputs", "Fresh GETs for the task's inputs", z.strictObject({}), "connection_missing"),
  responses: { 200: jsonResponse(InputGrants, "The grants") },
});
const outputs = createRoute({
  ...route(
    "/leases/outputs",
    "PUTs for outputs, bound to name, size, type and MD5",
    OutputGrantRequest,
    "output_refused",
  ),
  responses: { 200: jsonResponse(OutputGrants, "The grants") },
});
const multipart = createRoute({
  ...route(
    "/leases/multipart",
    "Open a multipart upload of an output, or go on with it",
    OutputMultipartRequest,
    "output_refused",
  ),
  responses: { 200: jsonResponse(OutputMultipart, "PUTs for the parts") },
});
const multipartComplete = createRoute({
  ...route(
    "/leases/multipart/complete",
    "Put the parts together",
    OutputMultipartCompleteRequest,
    "output_refused",
    "storage_unavailable",
  ),
  responses: { 200: jsonResponse(OutputMultipartCompleted, "The object's ETag") },
});
const files = createRoute({
  ...route(
    "/leases/files",
    "GETs for a rendition's files that other tasks of a stream made",
    RenditionFilesRequest,
    "output_refused",
    "output_not_found",
  ),
  responses: { 200: jsonResponse(RenditionFiles, "The grants, in the order of the title") },
});
const reports = createRoute({
  ...route("/leases/reports", "What the other tasks of a stream packaged", z.strictObject({}), "output_refused"),
  responses: { 200: jsonResponse(PackageReports, "Their reports, in the order of the title") },
});
const findings = createRoute({
  ...route("/leases/findings", "What was found out about the stream's quality", z.strictObject({}), "output_refused"),
  responses: { 200: jsonResponse(StreamFindings, "Of each part that has any") },
});
const progress = createRoute({
  ...route("/leases/progress", "Report progress, at most twice a second", ProgressReport),
  responses: { 204: { description: "Taken note of" } },
});
const complete = createRoute({
  ...route(
    "/leases/complete",
    "Complete the task with the manifest of its outputs",
    CompleteRequest,
    "manifest_mismatch",
    "output_refused",
    "chunk_mismatch",
  ),
  responses: { 200: jsonResponse(LeaseOutcome, "Accepted") },
});
const fail = createRoute({
  ...route("/leases/fail", "End the attempt with an error", FailRequest),
  responses: { 200: jsonResponse(LeaseOutcome, "Tried again, or dead") },
});
const release = createRoute({
  ...route("/leases/release", "Hand the task back untried", ReleaseRequest),
  responses: { 200: jsonResponse(LeaseOutcome, "Taken back") },
});

export function leaseRoutes(): Router {
  const router = newRouter();

  router.openapi(inputs, async (c) => {
    const claims = await leaseClaimsOf(c);
    return c.json({ inputs: await grantInputsAgain(c.env, c.get("settings"), claims) }, 200);
  });

  router.openapi(outputs, async (c) => {
    const claims = await leaseClaimsOf(c);
    return c.json(await grantOutputs(c.get("settings"), claims, c.req.valid("json"), Date.now()), 200);
  });

  router.openapi(multipart, async (c) => {
    const claims = await leaseClaimsOf(c);
    return c.json(await grantMultipart(c.env, c.get("settings"), claims, c.req.valid("json"), Date.now()), 200);
  });

  router.openapi(multipartComplete, async (c) => {
    const claims = await leaseClaimsOf(c);
    return c.json(await completeMultipart(c.env, c.get("settings"), claims, c.req.valid("json")), 200);
  });

  router.openapi(reports, async (c) => {
    const claims = await leaseClaimsOf(c);
    return c.json({ reports: await packageReports(c.env, claims) }, 200);
  });

  router.openapi(files, async (c) => {
    const claims = await leaseClaimsOf(c);
    return c.json(await grantRenditionFiles(c.env, c.get("settings"), claims, c.req.valid("json")), 200);
  });

  router.openapi(findings, async (c) => {
    const claims = await leaseClaimsOf(c);
    return c.json({ items: await streamFindings(c.env, claims) }, 200);
  });

  router.openapi(progress, async (c) => {
    const claims = await leaseClaimsOf(c);
    await reportProgress(c.env, claims, c.req.valid("json"));
    return c.body(null, 204);
  });

  router.openapi(complete, async (c) => {
    const claims = await leaseClaimsOf(c);
    return c.json(await completeLease(leaseContext(c), claims, c.req.valid("json").manifest), 200);
  });

  router.openapi(fail, async (c) => {
    const claims = await leaseClaimsOf(c);
    return c.json(await failLease(leaseContext(c), claims, c.req.valid("json").error), 200);
  });

  router.openapi(release, async (c) => {
    const claims = await leaseClaimsOf(c);
    return c.json(await releaseLease(leaseContext(c), claims, c.req.valid("json")), 200);
  });

  return router;
}
