import type { AssetSource, WantedSource } from "@reelway/shared/contracts/asset";
import { seal, unseal } from "../auth/sealed.ts";
import type { Settings } from "../settings.ts";

/** Whose source it is: a sealed query opens for this job alone. */
export interface SourceOwner {
  readonly tenantId: string;
  readonly fetchJobId: string;
}

/** The source as it is stored: the query of a URL may be a credential (a presigned URL), so it is encrypted. */
export async function sealSource(settings: Settings, owner: SourceOwner, source: WantedSource): Promise<AssetSource> {
  if (source.kind === "connection") return { ...source };
  const url = new URL(source.url);
  const query = url.search;
  url.search = "";
  url.hash = "";
  if (query === "") return { kind: "url", url: url.href };
  return { kind: "url", url: url.href, sealedQuery: await seal(settings, sealContextOfQuery(owner), query) };
}

/** The whole URL again, for the runner that fetches it. */
export async function unsealUrl(
  settings: Settings,
  owner: SourceOwner,
  source: AssetSource & { kind: "url" },
): Promise<string> {
  if (source.sealedQuery === undefined) return source.url;
  return source.url + (await unseal(settings, sealContextOfQuery(owner), source.sealedQuery));
}

/** The source as answers show it. */
export function shownSource(source: AssetSource): AssetSource {
  return source.kind === "url" ? { kind: "url", url: source.url } : source;
}

export function sealContextOfQuery({ tenantId, fetchJobId }: SourceOwner): string {
  return `source\n${tenantId}\n${fetchJobId}`;
}
