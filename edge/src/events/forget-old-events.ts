import { limits } from "@reelway/shared/limits";
import type { Env } from "../env.ts";
import { deleteOldEvents } from "../store/events.ts";
import { deleteOldDeliveries } from "../store/webhook-deliveries.ts";

/** Deletes events that are no longer kept, and the webhook deliveries that told them, in bounded steps. */
export async function forgetOldEvents(env: Env, now = Date.now()): Promise<void> {
  const before = now - limits.eventRetentionMs;
  await deleteOldDeliveries(env, before, limits.eventsPerSweep);
  await deleteOldEvents(env, before, limits.eventsPerSweep);
}
