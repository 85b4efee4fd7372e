import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { guardUrl } from "@reelway/shared/net/url-guard";
import type { Settings } from "../settings.ts";

/** The URL as the guard reads it. Throws `source_forbidden`, naming the field that it was given in. */
export function allowedUrl(settings: Settings, text: string, path: string): URL {
  const guarded = guardUrl(text, settings.urlPolicy);
  if (guarded.refused === undefined) return guarded.url;
  const { message } = guarded;
  throw new ReelwayError("source_forbidden", `${path} ${message}`, { errors: [{ path, message }] });
}
