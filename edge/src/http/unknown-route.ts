import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { NotFoundHandler } from "hono";
import type { AppEnv } from "./app-env.ts";
import type { Router } from "./router.ts";

/** Tells a path that does not exist (404) from one that does not take this method (405). */
export function unknownRoute(app: Router): NotFoundHandler<AppEnv> {
  const routes = app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => ({ method, pattern: patternOf(path) }));
  return (c) => {
    const methods = new Set(routes.filter(({ pattern }) => pattern.test(c.req.path)).map(({ method }) => method));
    if (methods.size === 0) throw new ReelwayError("not_found", "There is no such path");
    if (methods.has("GET")) methods.add("HEAD");
    c.header("allow", [...methods].sort().join(", "));
    throw new ReelwayError("method_not_allowed");
  };
}

function patternOf(path: string): RegExp {
  const literal = path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal.replace(/:[A-Za-z]+/g, "[^/]+")}$`);
}
