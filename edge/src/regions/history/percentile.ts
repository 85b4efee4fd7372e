/**
 * About the value that this share of what was observed does not exceed, by going evenly through the bucket that it falls
 * into, as PromQL's histogram_quantile does. What lies beyond the last bound counts as that bound. Null for nothing.
 */
export function percentile(buckets: readonly number[], bounds: readonly number[], share: number): number | null {
  const all = buckets.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  const wanted = share * all;
  let below = 0;
  for (const [place, count] of buckets.entries()) {
    const bound = bounds[place];
    if (bound === undefined) break;
    if (count > 0 && below + count >= wanted) {
      const from = bounds[place - 1] ?? 0;
      return from + ((wanted - below) / count) * (bound - from);
    }
    below += count;
  }
  return bounds.at(-1) ?? null;
}
