import type { Context } from "hono";
import type { Env } from "../env.ts";
import type { AppEnv } from "../http/app-env.ts";
import type { Log } from "../http/log.ts";
import type { Settings } from "../settings.ts";

/** What work on leases needs of its request. */
export interface LeaseContext {
  readonly env: Env;
  readonly settings: Settings;
  readonly log: Log;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Of the request. */
  readonly traceparent?: string | null;
}

export function leaseContext(c: Context<AppEnv>): LeaseContext {
  return {
    env: c.env,
    settings: c.get("settings"),
    log: c.get("log"),
    waitUntil: (work) => c.executionCtx.waitUntil(work),
    traceparent: c.get("traceparent"),
  };
}
