import type { ShardPlace } from "./commands.ts";
import type { TenantRecord } from "./records.ts";
import type { QueueReader, ReadyLane } from "./store.ts";

/**
 * A shard's part of what a tenant may run at once in the region: parts that differ by one at most, and are never nothing,
 * or what is queued here would wait for ever. A shard that the region has no more ends what it has, one task at a time.
 */
export function partOf(maxRunning: number, { index, count }: ShardPlace): number {
  if (index >= count) return 1;
  const oneMore = index < maxRunning % count ? 1 : 0;
  return Math.max(1, Math.floor(maxRunning / count) + oneMore);
}

/** How many more leases a tenant may have in this shard: below its part as many as are left, Infinity without a limit. */
export function roomIn(
  { activeLeases, maxRunning }: Pick<ReadyLane, "activeLeases" | "maxRunning">,
  shard: ShardPlace,
): number {
  return maxRunning === null ? Number.POSITIVE_INFINITY : Math.max(0, partOf(maxRunning, shard) - activeLeases);
}

/** The same of a tenant by its row; one without a row has no limit. */
export function roomOf(tenant: TenantRecord | undefined, shard: ShardPlace): number {
  if (tenant === undefined) return Number.POSITIVE_INFINITY;
  return roomIn({ activeLeases: tenant.activeLeases, maxRunning: tenant.share.maxRunning }, shard);
}

/** Tenants that have all they may have, by id. */
export function fullTenants(reader: QueueReader, shard: ShardPlace): TenantRecord[] {
  return reader.limitedTenants().filter((tenant) => roomOf(tenant, shard) === 0);
}

/** How many leases the tenants of these lanes may have more, all together. */
export function roomAmong(lanes: readonly ReadyLane[], shard: ShardPlace): number {
  const rooms = new Map(lanes.map((lane) => [lane.tenantId, roomIn(lane, shard)]));
  return [...rooms.values()].reduce((sum, room) => sum + room, 0);
}
