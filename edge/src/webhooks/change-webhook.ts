import type { WebhookUpdate } from "@reelway/shared/contracts/webhook";
import type { z } from "zod";
import type { Settings } from "../settings.ts";
import { afresh, type WebhookChanges } from "../store/webhooks.ts";
import { webhookUrlOf } from "./webhook-url.ts";

const disabledByUser = "Disabled by its owner";

/** The columns that an update changes. Enabling wipes the slate: no failures, no pause. Throws `source_forbidden`. */
export function changesOf(
  settings: Settings,
  { url, events, description, enabled }: z.output<typeof WebhookUpdate>,
  now: number,
): WebhookChanges {
  return {
    ...(url === undefined ? {} : { url: webhookUrlOf(settings, url, "url") }),
    ...(events === undefined ? {} : { events }),
    ...(description === undefined ? {} : { description }),
    ...(enabled === true ? afresh : {}),
    ...(enabled === false ? { disabledAt: now, disabledReason: disabledByUser } : {}),
  };
}
