import type { RegionId } from "@reelway/shared/regions";
import type { Env } from "../../env.ts";
import { flushCounts } from "../../observability/flush.ts";
import { metricsHub } from "../../observability/metrics-hub-stub.ts";
import type { RegionStanding } from "../observe.ts";
import type { Seen } from "./bucket.ts";

/** Adds a look at the regions to their history; null for a region whose queue did not answer. */
export async function noteHistory(
  env: Env,
  looks: readonly { readonly region: RegionId; readonly standing: RegionStanding | null }[],
  now: number,
): Promise<void> {
  // What this isolate has counted belongs to the time before the look.
  await flushCounts(env);
  const seen = Object.fromEntries(looks.map(({ region, standing }) => [region, standing && seenOf(standing, now)]));
  await metricsHub(env).noteHistory(now, seen);
}

function seenOf({ counts, live }: RegionStanding, now: number): Seen {
  const { ready, lined = 0, leased, oldestReadyAt } = counts;
  return {
    // What is lined up could be leased as well, were it not for another of its job that goes first.
    waiting: ready + lined,
    oldestWaitingMs: oldestReadyAt === null ? 0 : Math.max(0, now - oldestReadyAt),
    running: leased,
    liveRunners: live.length,
  };
}
