import type { Sample } from "./trace.ts";

/** Samples in a row in which a tenant has had work waiting: then its share is its queue's doing, not its own. */
const samplesInARow = 3;

export interface Fairness {
  readonly at: number;
  /** The mean of the shards in which several tenants wait. */
  readonly index: number;
}

/** Jain's index of the live leases of tenants that all have had work waiting for a while, shard by shard: 1 is an even share. */
export function fairnessOf(samples: readonly Sample[]): Fairness[] {
  return samples.flatMap((sample, index) => {
    const before = samples.slice(Math.max(0, index - samplesInARow + 1), index + 1);
    if (before.length < samplesInARow) return [];
    const indexes = sample.shards.flatMap(({ leases, backlogged }, shard) => {
      const waiting = [...backlogged].filter((tenant) =>
        before.every(({ shards }) => shards[shard]?.backlogged.has(tenant)),
      );
      return waiting.length < 2 ? [] : [jain(waiting.map((tenant) => leases.get(tenant) ?? 0))];
    });
    return indexes.length === 0 ? [] : [{ at: sample.at, index: mean(indexes) }];
  });
}

/** From 1/n, where one has all, to 1, where all have the same. */
export function jain(shares: readonly number[]): number {
  const squares = shares.reduce((sum, share) => sum + share * share, 0);
  const total = shares.reduce((sum, share) => sum + share, 0);
  return squares === 0 ? 1 : (total * total) / (shares.length * squares);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
