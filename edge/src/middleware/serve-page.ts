import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { ownOrigin } from "../http/own-page.ts";
import { pageHeaders } from "../page/headers.ts";
import { isHashed, isOfPage } from "../page/paths.ts";

const notBuilt =
  "The dashboard is not built here. `make setup` builds it; restart what serves it then.\nThe API answers all the same: /api/v1/docs\n";

/**
 * Everything outside the API is the dashboard: its files, and its one document for every path that a person opens. It
 * reads no store, so it is served before anything is limited or looked up.
 */
export const servePage: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { path, method } = c.req;
  if (!isOfPage(path) || (method !== "GET" && method !== "HEAD")) return next();
  const file = await c.env.ASSETS?.fetch(c.req.raw);
  if (file && file.status !== 404) return answer(c, file, isDocument(path, file));
  if (isHashed(path) || !isNavigation(c)) return next();
  const page = await c.env.ASSETS?.fetch(new Request(new URL("/", c.req.url), c.req.raw));
  if (!page || page.status === 404) return c.text(notBuilt, 503, { "cache-control": "no-store" });
  return answer(c, page, true);
};

function answer(c: Context<AppEnv>, file: Response, document: boolean): Response {
  const { s3Endpoint } = c.get("settings");
  const bucketOrigin = new URL(s3Endpoint).origin;
  const made = new Response(file.body, file);
  const headers = pageHeaders({ path: c.req.path, document, ownOrigin: ownOrigin(c), bucketOrigin });
  for (const [name, value] of Object.entries(headers)) made.headers.set(name, value);
  return made;
}

function isDocument(path: string, file: Response): boolean {
  return path === "/" || (file.headers.get("content-type") ?? "").startsWith("text/html");
}

/** A person opens it, rather than a script or an element that wants this very file. */
function isNavigation(c: Context<AppEnv>): boolean {
  const mode = c.req.header("sec-fetch-mode");
  return mode === undefined ? (c.req.header("accept") ?? "").includes("text/html") : mode === "navigate";
}
