import type { Context } from "hono";
import { routePath } from "hono/route";
import type { AppEnv } from "../http/app-env.ts";
import { flushSoon } from "./flush.ts";
import { count, observe } from "./record.ts";
import { startServerSpan } from "./spans.ts";
import { contextOf, type Traceparent } from "./trace-context.ts";

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export interface ObservedRequest {
  /** For what the request causes; null where it belongs to no trace. */
  readonly traceparent: Traceparent | null;
  /** The answer is made. */
  end(): void;
}

/** Counts and traces a request from here to its answer's headers. What is told of it leaves behind the answer. */
export function observeRequest(c: Context<AppEnv>, startedAt: number): ObservedRequest {
  const given = c.req.header("traceparent");
  const span = startServerSpan(c.env, given, startedAt);
  return {
    traceparent: span?.traceparent ?? (given !== undefined && contextOf(given) ? given : null),
    end() {
      const { status } = c.res;
      const method = METHODS.has(c.req.method) ? c.req.method : "other";
      const route = routeOf(c);
      count("api_requests_total", { method, route, status });
      observe("api_request_duration_seconds", { method, route }, (Date.now() - startedAt) / 1_000);
      if (span) {
        span.rename(`${method} ${route}`);
        span.set({ "http.request.method": method, "http.route": route, "http.response.status_code": status });
        span.set({ "reelway.request_id": c.get("requestId") });
        span.end(status >= 500 ? String(status) : undefined);
      }
      flushSoon(c.env, (work) => c.executionCtx.waitUntil(work));
    },
  };
}

/** The pattern of the route that answered, never the path itself: a path holds ids, and anybody can make up a new one. */
function routeOf(c: Context<AppEnv>): string {
  const pattern = routePath(c, -1);
  return pattern.includes("*") ? "unmatched" : pattern;
}
