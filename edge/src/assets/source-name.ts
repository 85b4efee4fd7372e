import type { WantedSource } from "@reelway/shared/contracts/asset";
import { FileName } from "@reelway/shared/contracts/text";

const FALLBACK = "source";

/** What a fetched file is called where the caller gives no name: the last part of its URL's path or of its key. */
export function nameOfSource(source: WantedSource): string {
  const path = source.kind === "url" ? decoded(new URL(source.url).pathname) : source.key;
  const last = path.split("/").filter(Boolean).at(-1) ?? FALLBACK;
  const { success, data } = FileName.safeParse(last.replaceAll("\\", "_"));
  return success ? data : FALLBACK;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
