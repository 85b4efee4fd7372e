import { Tag } from "@reelway/shared/contracts/job";
import { FileName } from "@reelway/shared/contracts/text";
import { AssetId, JobId } from "@reelway/shared/ids";

/**
 * The id of a source, `#` and a tag, or part of a file's name. The id of a job leads to its page instead. Null for what no
 * job can match.
 */
export function foundBy(search: string) {
  if (search === "" || JobId.safeParse(search).success) return {};
  if (AssetId.safeParse(search).success) return { assetId: search };
  if (search.startsWith("#")) {
    const tag = Tag.safeParse(search.slice(1)).data;
    return tag === undefined ? null : { tag };
  }
  const sourceName = FileName.safeParse(search).data;
  return sourceName === undefined ? null : { sourceName };
}
