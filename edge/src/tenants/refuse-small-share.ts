import { invalidField } from "../http/invalid-field.ts";
import type { Settings } from "../settings.ts";

/** Each shard of a region has its part of a tenant's share, and none has nothing: throws `invalid_request` for a smaller one. */
export function refuseSmallShare(
  { queueShards }: Settings,
  { maxRunning }: { readonly maxRunning?: number | null | undefined },
): void {
  if (typeof maxRunning !== "number" || maxRunning >= queueShards) return;
  throw invalidField("maxRunning", `must be at least ${queueShards}: one for each shard of a region's queue`);
}
