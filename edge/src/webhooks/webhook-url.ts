import { allowedUrl } from "../safety/allowed-url.ts";
import type { Settings } from "../settings.ts";

/** The URL of a receiver as it is stored, without a fragment. Throws `source_forbidden`, naming the field that it was given in. */
export function webhookUrlOf(settings: Settings, text: string, path: string): string {
  const url = allowedUrl(settings, text, path);
  url.hash = "";
  return url.href;
}
