import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { noteEvents } from "../events/written.ts";
import type { WebhookDeliveryRow } from "../store/rows.ts";
import { findDelivery, restartDelivery } from "../store/webhook-deliveries.ts";
import { newVerification } from "../store/webhook-verifications.ts";
import { verificationType } from "./verification.ts";

/**
 * Has a delivery sent again now, from the first attempt on. One that is being sent at this moment is left as it is.
 * Throws `not_found`, `webhook_disabled`, `verification_not_repeatable`.
 */
export async function redeliver(
  env: Env,
  which: { tenantId: string; id: string },
  now: number,
  audit: AuditEntry,
): Promise<WebhookDeliveryRow> {
  const restarted = await restartDelivery(env, which, now, audit, await newVerification(which.tenantId, now));
  if (restarted) {
    noteEvents();
    return restarted;
  }
  const found = await findDelivery(env, which.tenantId, which.id);
  if (!found) throw new ReelwayError("not_found");
  if (found.delivery.eventType === verificationType) throw new ReelwayError("verification_not_repeatable");
  if (found.delivery.claimedUntil !== null) return found.delivery;
  throw new ReelwayError("webhook_disabled", found.event ? undefined : "Its event is not kept any more");
}
