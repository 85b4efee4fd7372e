import { type ErrorCode, errorCatalogue } from "@reelway/shared/errors/catalogue";
import { problemContentType, toProblem } from "@reelway/shared/errors/problem";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { count } from "../observability/record.ts";
import type { AppEnv } from "./app-env.ts";
import { createLog } from "./log.ts";

/** Seconds after which another try has a chance (Retry-After, RFC 9110 §10.2.3). */
const retryAfterSeconds: Partial<Record<ErrorCode, number>> = {
  rate_limited: 1,
  unavailable: 1,
  storage_unavailable: 2,
  too_many_uploads: 60,
  stream_not_ready: 2,
};

/** The Worker's one boundary: whatever was thrown becomes a problem document (RFC 9457). */
export function answerError(thrown: Error, c: Context<AppEnv>): Response {
  const error = toReelwayError(thrown);
  const { status } = errorCatalogue[error.code];
  if (status === 0 || status >= 500) (c.get("log") ?? createLog()).error("request failed", { error: thrown });
  count("reelway_api_problems_total", { code: error.code });
  if (error.code === "lease_lost") count("reelway_fencing_rejections_total", { call: "request" });
  if (error.code === "login_refused") count("reelway_login_failures_total", {});
  const problem = toProblem(error, c.get("requestId") ?? "");
  c.header("content-type", problemContentType);
  if (problem.status === 401) c.header("www-authenticate", "Bearer");
  const retryAfter = error.retryAfterSeconds ?? retryAfterSeconds[error.code];
  // Whoever threw may know better.
  if (retryAfter !== undefined && !c.res.headers.has("retry-after")) c.header("retry-after", String(retryAfter));
  const body = c.req.method === "HEAD" ? null : JSON.stringify(problem);
  // With the headers that were set before the throw, such as Allow and Content-Range.
  return new Response(body, { status: problem.status, headers: c.res.headers });
}

function toReelwayError(thrown: Error): ReelwayError {
  if (thrown instanceof ReelwayError) return thrown;
  if (thrown instanceof HTTPException) {
    if (thrown.status === 400) return new ReelwayError("malformed_json", undefined, { cause: thrown });
    if (thrown.status === 413) return new ReelwayError("body_too_large", undefined, { cause: thrown });
    if (thrown.status === 415) return new ReelwayError("unsupported_media_type", undefined, { cause: thrown });
  }
  return new ReelwayError("internal", undefined, { cause: thrown });
}
