import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isAllowed, type Permission } from "@reelway/shared/permissions";
import type { Context, MiddlewareHandler } from "hono";
import type { Caller, RunnerPrincipal } from "../auth/principal.ts";
import { verifyBearer } from "../auth/verify-bearer.ts";
import type { AppEnv } from "../http/app-env.ts";
import { bearerOf } from "../http/bearer.ts";
import { limitCaller } from "./rate-limit.ts";

/** Finds out who is asking, by `Authorization: Bearer …`. Throws `unauthenticated`, `rate_limited`. */
async function authenticate(c: Context<AppEnv>): Promise<void> {
  const text = bearerOf(c);
  if (!text) throw new ReelwayError("unauthenticated");
  const context = {
    env: c.env,
    settings: c.get("settings"),
    now: Date.now(),
    waitUntil: (promise: Promise<unknown>) => c.executionCtx.waitUntil(promise),
  };
  const principal = await verifyBearer(context, text);
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
  return { security: bearer, middleware: requirePermission(permission, false), "x-permission": permission };
}

/** The same for what only the tenant that runs the installation may do (`x-platform`), where the permission alone does not say so. */
export function needsInPlatform(permission: Permission) {
  const middleware = requirePermission(permission, true);
  return { security: bearer, middleware, "x-permission": permission, "x-platform": true };
}

/** For what concerns the caller alone: any valid API key or session may. */
export function needsCaller() {
  return { security: bearer, middleware: requireCaller };
}

const bearer: Record<string, string[]>[] = [{ bearer: [] }];

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
