import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isAllowed, type Permission } from "@reelway/shared/permissions";
import type { Context, MiddlewareHandler } from "hono";
import type { Caller, RunnerPrincipal } from "../auth/principal.ts";
import { verifyBearer } from "../auth/verify-bearer.ts";
import type { AppEnv } from "../http/app-env.ts";

const BEARER = /^Bearer +(\S+)$/i;

/** Finds out who is asking, by `Authorization: Bearer …`. Throws `unauthenticated`. */
export async function authenticate(c: Context<AppEnv>): Promise<void> {
  const [, text] = BEARER.exec(c.req.header("authorization") ?? "") ?? [];
  if (!text) throw new ReelwayError("unauthenticated");
  const context = {
    env: c.env,
    settings: c.get("settings"),
    now: Date.now(),
    waitUntil: (promise: Promise<unknown>) => c.executionCtx.waitUntil(promise),
  };
  const principal = await verifyBearer(context, text);
  c.set("principal", principal);
  const who = principal.kind === "runner" ? { runnerId: principal.id } : { tenantId: principal.tenantId };
  c.set("log", c.get("log").with(who));
}

/**
 * The parts of a route description that say who may use it: the caller is known and has this permission. The document
 * names it too (`x-permission`), which is how tests know what each operation asks for.
 */
export function needs(permission: Permission) {
  const security: Record<string, string[]>[] = [{ bearer: [] }];
  return { security, middleware: requirePermission(permission), "x-permission": permission };
}

/** Throws `unauthenticated` or `forbidden`. */
function requirePermission(permission: Permission): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await authenticate(c);
    if (!isAllowed(c.get("principal"), permission))
      throw new ReelwayError("forbidden", `This needs the permission ${permission}`);
    await next();
  };
}

/** The caller within a tenant; routes that runners can't reach begin with it. */
export function callerOf(c: Context<AppEnv>): Caller {
  const principal = c.get("principal");
  if (principal.kind === "runner") throw new ReelwayError("forbidden", "This is not for runners");
  return principal;
}

/** The caller as a runner. */
export function runnerOf(c: Context<AppEnv>): RunnerPrincipal {
  const principal = c.get("principal");
  if (principal.kind !== "runner") throw new ReelwayError("forbidden", "This is for runners");
  return principal;
}
