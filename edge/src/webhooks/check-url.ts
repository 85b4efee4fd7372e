import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { guardUrl } from "@reelway/shared/net/url-guard";
import type { Settings } from "../settings.ts";

/** The URL as it is stored, without a fragment. Throws `source_forbidden` with the reason where webhooks may not go. */
export function checkWebhookUrl({ urlPolicy }: Settings, text: string): string {
  const guarded = guardUrl(text, urlPolicy);
  if (guarded.refused) throw new ReelwayError("source_forbidden", `The webhook URL ${guarded.message}`);
  guarded.url.hash = "";
  return guarded.url.href;
}
