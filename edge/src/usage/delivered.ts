import { limits } from "@reelway/shared/limits";
import type { Context } from "hono";
import type { Env } from "../env.ts";
import type { AppEnv } from "../http/app-env.ts";
import { createLog } from "../http/log.ts";
import { addDelivered } from "../store/usage.ts";
import { dayOf } from "./days.ts";

/** What this isolate has begun to deliver since it last told, by tenant. */
let untold = new Map<string, number>();
let plannedAt: number | null = null;
/** Background work of a request lasts 30 s at most: what was planned longer ago died with its request. */
const abandonedAfterMs = 15_000;

/** Counts an answer with a result's bytes for whose result it is, and gives it back. It is told within seconds, behind an answer. */
export function countDelivered(c: Context<AppEnv>, tenantId: string, response: Response): Response {
  const bytes = Number(response.headers.get("content-length"));
  if (c.req.method === "HEAD" || !response.ok || !(bytes > 0)) return response;
  untold.set(tenantId, (untold.get(tenantId) ?? 0) + bytes);
  const now = Date.now();
  if (plannedAt !== null && now - plannedAt < abandonedAfterMs) return response;
  plannedAt = now;
  c.executionCtx.waitUntil(scheduler.wait(limits.deliveredEveryMs).then(() => tell(c.env)));
  return response;
}

/** A failure loses what it was to tell: twice would be worse, since whether it was stored is not known. */
async function tell(env: Env): Promise<void> {
  plannedAt = null;
  const told = untold;
  untold = new Map();
  try {
    await addDelivered(env, told, dayOf(Date.now()));
  } catch (error) {
    createLog().warn("deliveries not counted", { error });
  }
}
