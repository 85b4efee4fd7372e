import { defaultRegion } from "@reelway/shared/regions";
import { listObjects } from "../../support/bucket-listing.ts";
import { processesOf } from "../../support/leftovers.ts";
import { scratchFiles } from "../calm.ts";
import type { House } from "../house/house.ts";
import type { Ledger } from "../load/ledger.ts";
import type { Tenant } from "../load/tenant.ts";
import { growthOf } from "../watch/growth.ts";
import type { HeapWatch } from "../watch/heap-watch.ts";
import type { Watch } from "../watch/watch.ts";
import { readStored } from "./database-rows.ts";
import type { Facts } from "./facts.ts";
import { foreignThings } from "./isolation.ts";
import { decodeResults } from "./results.ts";
import { readShards } from "./shard-rows.ts";
import { webhookFacts } from "./webhooks.ts";

export interface Scene {
  readonly house: House;
  readonly tenants: readonly Tenant[];
  readonly ledger: Ledger;
  readonly watch: Watch;
  readonly heap: HeapWatch;
}

/** Looks at everything that the verdict is made from, with the house still running and nothing under way. */
export async function examine({ house, tenants, ledger, watch, heap }: Scene): Promise<Facts> {
  const told = { jobs: [...ledger.jobs.values()], assets: [...ledger.assets.values()] };
  const results = await decodeResults(told.jobs, tenants);
  const leaks = await foreignThings(tenants, ledger);
  const objects = await listObjects(house, defaultRegion);
  const alive = new Set([...house.longLived().values()].map(({ pid }) => pid));
  const others = processesOf(house.home).filter(({ pid }) => !alive.has(pid));
  return {
    told,
    surprises: ledger.surprises,
    stored: readStored(house.dataDir),
    shards: readShards(house.dataDir),
    bucket: new Map(objects.map(({ key, ...object }) => [key, object])),
    results,
    webhooks: webhookFacts(tenants, house.receiver.taken),
    left: {
      processes: [...watch.strays(), ...others.map(({ pid }) => `a process of the house (${pid})`)],
      scratch: scratchFiles(house),
    },
    growth: growthOf(watch.samples, heap.samples),
    leaks,
  };
}
