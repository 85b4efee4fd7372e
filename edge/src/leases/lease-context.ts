import type { Context } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import type { LeaseContext } from "./lease-work.ts";

/** What work on leases needs of its request. */
export function leaseContext(c: Context<AppEnv>): LeaseContext {
  return {
    env: c.env,
    settings: c.get("settings"),
    log: c.get("log"),
    waitUntil: (work) => c.executionCtx.waitUntil(work),
  };
}
