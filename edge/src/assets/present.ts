import type { Asset } from "@reelway/shared/contracts/asset";
import type { AssetRow } from "../store/rows.ts";
import { shownSource } from "./sealed-source.ts";

/** An asset as the API shows it: never its storage key, nor the query of the URL that it came from. */
export function presentAsset(row: AssetRow): Asset {
  const { id, name, bytes, contentType, region, state, etag, fetchJobId, error, createdAt, completedAt } = row;
  const source = row.source && shownSource(row.source);
  return { id, name, bytes, contentType, region, state, etag, source, fetchJobId, error, createdAt, completedAt };
}
