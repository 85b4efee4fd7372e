import { newId } from "@reelway/shared/ids";
import { traceIdOf } from "@reelway/shared/telemetry/trace-id";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { createLog } from "../http/log.ts";
import { observeRequest } from "../observability/observe-request.ts";
import { settingsOf } from "../settings.ts";

const SANE_REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{7,127}$/;
const SWITCHING_PROTOCOLS = 101;

/** Gives every request its id, settings and log; every answer its id and headers; every end one line in the log. */
export const requestContext: MiddlewareHandler<AppEnv> = async (c, next) => {
  const startedAt = Date.now();
  const asked = c.req.header("x-request-id");
  const requestId = asked !== undefined && SANE_REQUEST_ID.test(asked) ? asked : newId("req");
  c.set("requestId", requestId);
  c.set("settings", settingsOf(c.env));
  const observed = observeRequest(c, startedAt);
  const { traceparent } = observed;
  c.set("traceparent", traceparent);
  c.set("log", createLog({ requestId, ...(traceparent !== null && { traceId: traceIdOf(traceparent) }) }));

  await next();

  // The headers of a WebSocket upgrade can't be touched.
  if (c.res.status !== SWITCHING_PROTOCOLS) addHeaders(c.res.headers, requestId);
  const { method, path } = c.req;
  c.get("log").info("request", { method, path, status: c.res.status, durationMs: Date.now() - startedAt });
  observed.end();
};

function addHeaders(headers: Headers, requestId: string): void {
  headers.set("x-request-id", requestId);
  const type = headers.get("content-type") ?? "";
  if (!headers.has("cache-control") && (type === "" || /json/.test(type))) headers.set("cache-control", "no-store");
}
