import type { Runner } from "@reelway/shared/contracts/runner";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { regionOf, type ShardName } from "@reelway/shared/ids";
import type { RegionId } from "@reelway/shared/regions";
import { shardFor } from "@reelway/shared/shards";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { forgetCredential } from "../auth/holders.ts";
import type { Env } from "../env.ts";
import type { RunnerStanding } from "../objects/region-queue-messages.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { shardsWithWork } from "../regions/live-shards.ts";
import type { Settings } from "../settings.ts";
import type { RunnerRow } from "../store/rows.ts";
import { markDrained, markRevoked } from "../store/runners.ts";
import { isOffline, mergeStandings } from "./merge-standings.ts";

/** Rows of D1 with what their regions' queues know of them. Throws `unavailable` when a region does not answer. */
export async function withStanding(
  env: Env,
  settings: Settings,
  rows: readonly RunnerRow[],
  now: number,
): Promise<Map<string, Runner>> {
  const regions = [...new Set(rows.map(({ region }) => region))];
  const byRegion = await Promise.all(regions.map((region) => standingsIn(env, settings, region, now)));
  const standings = new Map(byRegion.flatMap((standing) => [...standing]));
  return new Map(rows.map((row) => [row.id, present(row, standings.get(row.id), settings, now)]));
}

async function standingsIn(
  env: Env,
  settings: Settings,
  region: RegionId,
  now: number,
): Promise<Map<string, RunnerStanding>> {
  const shards = await shardsWithWork(env, settings, region, now);
  const known = shards.map((shard) => callQueue(env, shard, async (queue) => await queue.listRunners()));
  return mergeStandings(await Promise.all(known));
}

function present(row: RunnerRow, standing: RunnerStanding | undefined, settings: Settings, now: number): Runner {
  const { id, name, region, labels, createdAt } = row;
  return {
    id,
    name,
    region,
    labels,
    state: stateOf(row, standing, settings, now),
    version: standing?.version ?? row.version,
    capabilities: [...(standing?.capabilities ?? [])],
    slots: standing?.slots ?? 0,
    activeTasks: standing?.activeTasks ?? 0,
    createdAt,
    lastSeenAt: standing?.lastSeenAt ?? null,
  };
}

function stateOf(
  { revokedAt, drainedAt }: RunnerRow,
  standing: RunnerStanding | undefined,
  { leaseMs }: Settings,
  now: number,
): Runner["state"] {
  if (revokedAt !== null) return "revoked";
  if (!standing || isOffline(standing, leaseMs, now)) return "offline";
  return standing.draining || drainedAt !== null ? "draining" : "online";
}

/**
 * Takes a runner's credential back. Its region's queues give it nothing from now on and hand its tasks to others; the
 * credential itself is refused at once here, within 30 seconds elsewhere. Throws `not_found`.
 */
export async function revokeRunner(
  env: Env,
  settings: Settings,
  id: string,
  now: number,
  audit: AuditEntry,
): Promise<void> {
  if (!(await markRevoked(env, id, now, audit))) throw new ReelwayError("not_found");
  forgetCredential(id);
  const shards = await shardsWithWork(env, settings, regionOf(id), now);
  await Promise.all(shards.map((shard) => callQueue(env, shard, async (queue) => queue.dismiss(id))));
}

/**
 * Has a runner take nothing new and end what it has, or lets it work again: it is told with its next beat, here at once,
 * elsewhere within 30 seconds. Throws `not_found`, also for one that is revoked.
 */
export async function drainRunner(
  env: Env,
  { id, drained, now, audit }: { id: string; drained: boolean; now: number; audit: AuditEntry },
): Promise<void> {
  if (!(await markDrained(env, id, drained ? now : null, audit))) throw new ReelwayError("not_found");
  forgetCredential(id);
}

/** The shard whose doorbell a runner listens to. */
export function doorbellShardOf({ queueShards }: Settings, runnerId: string): ShardName {
  return shardFor(runnerId, regionOf(runnerId), queueShards);
}
