import { limits } from "@reelway/shared/limits";
import { type RegionId, regionIds } from "@reelway/shared/regions";
import type { Env } from "../env.ts";
import { readAllowedRegions, readRegionStates } from "../store/region-states.ts";
import type { RegionStateRow } from "../store/rows.ts";

/** What placement goes by. Read from D1 with a short memory per isolate: it is asked with every upload and job. */
export interface PlacementRules {
  readonly states: ReadonlyMap<RegionId, RegionStateRow>;
  /** The tenant's: never left. */
  readonly allowed: readonly RegionId[];
}

interface Remembered<T> {
  readonly value: T;
  readonly readAt: number;
}
const tenantsRemembered = 1_000;
let states: Remembered<ReadonlyMap<RegionId, RegionStateRow>> | null = null;
const allowedByTenant = new Map<string, Remembered<readonly RegionId[]>>();

export async function placementRules(env: Env, tenantId: string, now: number): Promise<PlacementRules> {
  const [known, allowed] = await Promise.all([statesAt(env, now), allowedAt(env, tenantId, now)]);
  return { states: known, allowed };
}

/** The regions have changed: this isolate looks again at once, others within `placementCacheMs`. */
export function forgetRegionStates(): void {
  states = null;
}

/** The same for a tenant whose rule has changed. */
export function forgetAllowedRegions(tenantId: string): void {
  allowedByTenant.delete(tenantId);
}

async function statesAt(env: Env, now: number): Promise<ReadonlyMap<RegionId, RegionStateRow>> {
  if (states && isFresh(states, now)) return states.value;
  states = { value: await readRegionStates(env), readAt: now };
  return states.value;
}

async function allowedAt(env: Env, tenantId: string, now: number): Promise<readonly RegionId[]> {
  const remembered = allowedByTenant.get(tenantId);
  if (remembered && isFresh(remembered, now)) return remembered.value;
  const value = (await readAllowedRegions(env, tenantId)) ?? regionIds;
  if (allowedByTenant.size >= tenantsRemembered) allowedByTenant.clear();
  allowedByTenant.set(tenantId, { value, readAt: now });
  return value;
}

function isFresh({ readAt }: Remembered<unknown>, now: number): boolean {
  return now - readAt < limits.placementCacheMs;
}
