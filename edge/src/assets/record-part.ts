import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Env } from "../env.ts";
import { findAsset, putPart } from "../store/assets.ts";
import type { AssetPartRow } from "../store/rows.ts";
import { openMultipart } from "./presign-parts.ts";
import { partCountOf } from "./upload-plan.ts";

/** Keeps that a part is up. Throws `illegal_move` when the upload is not open, `not_found` for a part it does not have. */
export async function recordPart(env: Env, tenantId: string, part: AssetPartRow): Promise<void> {
  const asset = await findAsset(env, tenantId, part.assetId);
  if (!asset) throw new ReelwayError("not_found");
  const open = openMultipart(asset);
  if (part.partNumber > partCountOf(open.bytes, open.partBytes)) throw new ReelwayError("not_found");
  const recorded = await putPart(env, tenantId, part);
  if (!recorded) throw new ReelwayError("illegal_move", "The upload has ended meanwhile");
}
