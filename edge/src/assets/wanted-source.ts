import type { SourceObject, WantedSource } from "@reelway/shared/contracts/asset";
import type { z } from "zod";
import { allowedUrl } from "../safety/allowed-url.ts";
import type { Settings } from "../settings.ts";

/**
 * What a request wants fetched; undefined where it names nothing of the kind. `path` is where the fields lie in the
 * request. Throws `source_forbidden`.
 */
export function wantedSource(
  settings: Settings,
  {
    sourceUrl,
    source,
  }: { readonly sourceUrl?: string | undefined; readonly source?: z.output<typeof SourceObject> | undefined },
  path: string,
): WantedSource | undefined {
  if (sourceUrl !== undefined) return { kind: "url", url: allowedUrl(settings, sourceUrl, `${path}sourceUrl`).href };
  return source && { kind: "connection", ...source };
}
