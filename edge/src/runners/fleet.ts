import { isProving, provingCapability } from "@reelway/shared/contracts/proving";
import type { Runner, RunnerChanges } from "@reelway/shared/contracts/runner";
import { sandboxOf } from "@reelway/shared/contracts/sandbox";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { regionOf, type ShardName } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import type { RegionId } from "@reelway/shared/regions";
import { shardFor } from "@reelway/shared/shards";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { forgetCredential } from "../auth/holders.ts";
import type { Caller } from "../auth/principal.ts";
import type { Env } from "../env.ts";
import { createLog } from "../http/log.ts";
import type { RunnerStanding } from "../objects/region-queue-messages.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { shardsWithWork } from "../regions/live-shards.ts";
import type { Settings } from "../settings.ts";
import type { RunnerRow } from "../store/rows.ts";
import { changeRunner, markDrained, markRevoked } from "../store/runners.ts";
import { isOffline, mergeStandings } from "./merge-standings.ts";
import { toldLeases } from "./told-work.ts";

/** Rows of D1 with what their regions' queues know of them: where a queue is silent, a runner's state is `unknown`. */
export async function withStanding(
  env: Env,
  settings: Settings,
  caller: Caller,
  rows: readonly RunnerRow[],
  now: number,
): Promise<Map<string, Runner>> {
  const asked = Map.groupBy(rows, ({ region }) => region);
  const regions = [...asked.keys()];
  const byRegion = await Promise.all([...asked].map((ofRegion) => standingsIn(env, settings, ofRegion, now)));
  const standings = new Map(byRegion.flatMap(({ known }) => [...known]));
  const silent = new Set(regions.filter((_, place) => byRegion[place]?.isSilent));
  return new Map(
    rows.map((row) => {
      const standing = standings.get(row.id);
      const state = stateOf(row, standing, silent.has(row.region), settings, now);
      return [row.id, present(row, standing, state, caller)];
    }),
  );
}

interface RegionStandings {
  readonly known: ReadonlyMap<string, RunnerStanding>;
  /** One of its queues did not answer: who is missing may be there. */
  readonly isSilent: boolean;
}

async function standingsIn(
  env: Env,
  settings: Settings,
  [region, rows]: readonly [RegionId, readonly RunnerRow[]],
  now: number,
): Promise<RegionStandings> {
  const shards = await shardsWithWork(env, settings, region, now);
  const ids = rows.map(({ id }) => id);
  const told = await Promise.all(shards.map((shard) => standingsOf(env, shard, ids)));
  return { known: mergeStandings(told.map((standings) => standings ?? [])), isSilent: told.includes(null) };
}

/** Null for a queue that does not answer: the others' runners are shown all the same. */
async function standingsOf(
  env: Env,
  shard: ShardName,
  leasesOf: readonly string[],
): Promise<readonly RunnerStanding[] | null> {
  try {
    return await callQueue(env, shard, async (queue) => await queue.listRunners({ leasesOf }));
  } catch (error) {
    createLog().warn("a queue's runners are not known", { shard, error });
    return null;
  }
}

function present(row: RunnerRow, standing: RunnerStanding | undefined, state: Runner["state"], caller: Caller): Runner {
  const { id, name, region, labels, drainedAt, createdAt } = row;
  const failure = standing?.failures?.at(-1);
  return {
    id,
    name,
    region,
    labels,
    state,
    version: standing?.version ?? row.version,
    capabilities: (standing?.capabilities ?? []).filter((capability) => capability !== provingCapability),
    sandbox: sandboxOf(standing?.capabilities ?? []),
    slots: standing?.slots ?? 0,
    slotsWanted: row.slots,
    activeTasks: standing?.activeTasks ?? 0,
    holdBackSeconds: (standing?.holdBackMs ?? 0) / 1_000,
    leases: toldLeases(caller, standing?.leases ?? []).slice(0, limits.leasesListed),
    load: standing?.load ?? null,
    drainedAt,
    lastFailure: failure ? { at: failure.at, code: failure.code } : null,
    createdAt,
    lastSeenAt: standing?.lastSeenAt ?? null,
  };
}

function stateOf(
  { revokedAt, drainedAt }: RunnerRow,
  standing: RunnerStanding | undefined,
  isSilent: boolean,
  { leaseMs }: Settings,
  now: number,
): Runner["state"] {
  if (revokedAt !== null) return "revoked";
  if (!standing || isOffline(standing, leaseMs, now)) return isSilent ? "unknown" : "offline";
  if (drainedAt !== null) return "draining";
  if (isProving(standing)) return "proving";
  return standing.draining ? "draining" : "online";
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

/**
 * Changes a runner while it works: labels hold for what is leased from now on, the rest is told with its next beat; here
 * at once, elsewhere within 30 seconds. Throws `not_found`, also for one that is revoked.
 */
export async function updateRunner(env: Env, id: string, changes: RunnerChanges, audit: AuditEntry): Promise<void> {
  if (!(await changeRunner(env, id, changes, audit))) throw new ReelwayError("not_found");
  forgetCredential(id);
}

/** The shard whose doorbell a runner listens to. */
export function doorbellShardOf({ queueShards }: Settings, runnerId: string): ShardName {
  return shardFor(runnerId, regionOf(runnerId), queueShards);
}
