import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isAllowed, type Permission } from "@reelway/shared/permissions";
import type { Context, MiddlewareHandler } from "hono";
import type { Caller, RunnerPrincipal } from "../auth/principal.ts";
import { verifyBearer } from "../auth/verify-bearer.ts";
import { verifyCookie } from "../auth/verify-cookie.ts";
import type { AppEnv } from "../http/app-env.ts";
import { requireOwnPage } from "../http/own-page.ts";
import { shownCredentialOf } from "../http/shown-credential.ts";
import { limitCaller } from "./rate-limit.ts";

/**
 * Finds out who is asking, by `Authorization: Bearer …` or a browser's cookie. Throws `unauthenticated`,
 * `cross_site_request`, `rate_limited`.
 */
async function authenticate(c: Context<AppEnv>): Promise<void> {
  const shown = shownCredentialOf(c);
  if (!shown) throw new ReelwayError("unauthenticated");
  c.set("shownBy", shown.by);
  const context = {
    env: c.env,
    settings: c.get("settings"),
    now: Date.now(),
    waitUntil: (promise: Promise<unknown>) => c.executionCtx.waitUntil(promise),
  };
  const verify = shown.by === "cookie" ? verifyCookie : verifyBearer;
  const principal = await verify(context, shown.text);
  if (shown.by === "cookie") requireOwnPage(c);
  c.set("principal", principal);
  await limitCaller(c, principal);
  const who = principal.kind === "runner" ? { runnerId: principal.id } : { tenantId: principal.tenantId };
  c.set("log", c.get("log").with(who));
}

/**
 * The parts of a route description that say who may use it: the caller is known and has this permission. The document
 * names it too (`x-permission`), which is how tests know what each operation asks for.
 */
export function needs(permission: Permission) {
  const security = permission === "work:lease" ? bearer : bearerOrCookie;
  return { security, middleware: requirePermission(permission, false), "x-permission": permission };
}

/** The same for what only the tenant that runs the installation may do (`x-platform`), where the permission alone does not say so. */
export function needsInPlatform(permission: Permission) {
  const middleware = requirePermission(permission, true);
  return { security: bearerOrCookie, middleware, "x-permission": permission, "x-platform": true };
}

/** For what concerns the caller alone: any valid API key or session may. */
export function needsCaller() {
  return { security: bearerOrCookie, middleware: requireCaller };
}

/** The same, and not for browsers' sessions. */
export function needsBearer() {
  return { security: bearer, middleware: requireBearer };
}

/** The same, and for browsers' sessions alone. */
export function needsBrowser() {
  return { security: cookie, middleware: requireBrowser };
}

type Security = Record<string, string[]>[];
const bearer: Security = [{ bearer: [] }];
const cookie: Security = [{ browserSession: [] }];
const bearerOrCookie: Security = [...bearer, ...cookie];

/** Throws `unauthenticated` or `forbidden`. */
function requirePermission(permission: Permission, inPlatform: boolean): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await authenticate(c);
    const principal = c.get("principal");
    if (!isAllowed(principal, permission))
      throw new ReelwayError("forbidden", `This needs the permission ${permission}`);
    if (inPlatform && !principal.platform)
      throw new ReelwayError("forbidden", "This is for the tenant that runs the installation");
    await next();
  };
}

const requireCaller: MiddlewareHandler<AppEnv> = async (c, next) => {
  await authenticate(c);
  callerOf(c);
  await next();
};

const requireBearer: MiddlewareHandler<AppEnv> = async (c, next) => {
  await authenticate(c);
  callerOf(c);
  if (c.get("shownBy") !== "bearer")
    throw new ReelwayError("forbidden", "This needs an API key or an access token, not a browser's session");
  await next();
};

const requireBrowser: MiddlewareHandler<AppEnv> = async (c, next) => {
  await authenticate(c);
  callerOf(c);
  if (c.get("shownBy") !== "cookie") throw new ReelwayError("forbidden", "This is for browsers that are signed in");
  await next();
};

/** The caller within a tenant; routes that runners can't reach begin with it. */
export function callerOf(c: Context<AppEnv>): Caller {
  const principal = c.get("principal");
  if (principal.kind === "runner") throw new ReelwayError("forbidden", "This is not for runners");
  return principal;
}

/** The caller as a user who is signed in. Throws `forbidden` for API keys. */
export function signedInUserOf(c: Context<AppEnv>): Caller & { readonly kind: "user"; readonly sessionId: string } {
  const { kind, sessionId, ...caller } = callerOf(c);
  if (kind !== "user" || sessionId === undefined)
    throw new ReelwayError("forbidden", "This is for users who are signed in");
  return { ...caller, kind, sessionId };
}

/** The caller as a runner. */
export function runnerOf(c: Context<AppEnv>): RunnerPrincipal {
  const principal = c.get("principal");
  if (principal.kind !== "runner") throw new ReelwayError("forbidden", "This is for runners");
  return principal;
}
