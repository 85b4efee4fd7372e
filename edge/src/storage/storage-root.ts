import { randomKeySegment } from "@reelway/shared/ids";

/**
 * Where the bytes of one asset, or the outputs of one run, go: `t/<tenant>/<128 random bits>`. Each run has its own, so that
 * what an earlier one left behind can be deleted while the next is writing.
 */
export function newStorageRoot(tenantId: string): string {
  return `t/${tenantId}/${randomKeySegment()}`;
}
