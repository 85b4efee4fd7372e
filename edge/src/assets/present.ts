import type { Asset } from "@reelway/shared/contracts/asset";
import type { AssetRow } from "../store/rows.ts";

/** An asset as the API shows it: never its storage key. */
export function presentAsset(row: AssetRow): Asset {
  const { id, name, bytes, contentType, region, state, etag, createdAt, completedAt } = row;
  return { id, name, bytes, contentType, region, state, etag, createdAt, completedAt };
}
