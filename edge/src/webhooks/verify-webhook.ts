import type { WebhookDelivery } from "@reelway/shared/contracts/webhook";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { newVerification } from "../store/webhook-verifications.ts";
import { askWebhook, findWebhook } from "../store/webhooks.ts";
import { presentDelivery } from "./present.ts";

/**
 * Asks an endpoint's address again whether it wants to be called: from the first attempt on, whatever was asked before,
 * and of a disabled endpoint too, which is enabled for it. Throws `not_found`, `webhook_verified`.
 */
export async function verifyWebhook(
  env: Env,
  which: { tenantId: string; id: string },
  now: number,
  audit: AuditEntry,
): Promise<WebhookDelivery> {
  const asking = await askWebhook(env, which, await newVerification(which.tenantId, now), audit);
  if (asking) return presentDelivery(asking);
  throw new ReelwayError((await findWebhook(env, which.tenantId, which.id)) ? "webhook_verified" : "not_found");
}
