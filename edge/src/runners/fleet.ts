import type { Runner } from "@reelway/shared/contracts/runner";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { regionOf, type ShardName } from "@reelway/shared/ids";
import type { RegionId } from "@reelway/shared/regions";
import { shardFor, shardsOf } from "@reelway/shared/shards";
import { forgetCredential } from "../auth/verify-bearer.ts";
import type { Env } from "../env.ts";
import type { RunnerStanding } from "../objects/region-queue.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import type { Settings } from "../settings.ts";
import type { RunnerRow } from "../store/rows.ts";
import { markRevoked } from "./runner-rows.ts";

/** A runner not seen for this many leases is offline: its leases have run out. */
const offlineAfterLeases = 2;

/** Rows of D1 with what their regions' queues know of them. Throws `unavailable` when a region does not answer. */
export async function withStanding(
  env: Env,
  settings: Settings,
  rows: readonly RunnerRow[],
  now: number,
): Promise<Map<string, Runner>> {
  const regions = [...new Set(rows.map(({ region }) => region))];
  const standings = new Map((await Promise.all(regions.map((region) => standingsIn(env, settings, region)))).flat());
  return new Map(rows.map((row) => [row.id, present(row, standings.get(row.id), settings, now)]));
}

async function standingsIn(env: Env, { queueShards }: Settings, region: RegionId): Promise<[string, RunnerStanding][]> {
  const shards = await Promise.all(
    shardsOf(region, queueShards).map((shard) => callQueue(env, shard, async (queue) => await queue.listRunners())),
  );
  return shards.flat().map((standing) => [standing.runnerId, standing]);
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
  { revokedAt }: RunnerRow,
  standing: RunnerStanding | undefined,
  { leaseMs }: Settings,
  now: number,
): Runner["state"] {
  if (revokedAt !== null) return "revoked";
  if (!standing || now - standing.lastSeenAt > offlineAfterLeases * leaseMs) return "offline";
  return standing.draining ? "draining" : "online";
}

/** Takes a runner's credential back: at once here, within 30 seconds elsewhere. Its leases run out. Throws `not_found`. */
export async function revokeRunner(env: Env, { queueShards }: Settings, id: string, now: number): Promise<void> {
  if (!(await markRevoked(env, id, now))) throw new ReelwayError("not_found");
  forgetCredential(id);
  await Promise.all(
    shardsOf(regionOf(id), queueShards).map((shard) => callQueue(env, shard, async (queue) => queue.dismiss(id))),
  );
}

/** The shard whose doorbell a runner listens to. */
export function doorbellShardOf({ queueShards }: Settings, runnerId: string): ShardName {
  return shardFor(runnerId, regionOf(runnerId), queueShards);
}
