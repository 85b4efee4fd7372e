import type { Context } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { callerOf } from "../middleware/authenticate.ts";
import { placeOf } from "../regions/place-of.ts";
import type { Planner } from "./plan-jobs.ts";

/** What planning work needs of its request. */
export function plannerOf(c: Context<AppEnv>): Planner {
  const { id: createdBy, tenantId } = callerOf(c);
  const origin = { tenantId, createdBy, traceparent: c.get("traceparent"), now: Date.now() };
  return { env: c.env, settings: c.get("settings"), origin, place: placeOf(c.req.raw.cf) };
}
