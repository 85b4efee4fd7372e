/** More series than this are a mistake in somebody's labels: the rest is dropped, and counted. */
const seriesAtMost = 5_000;
const droppedSeries = "reelway_metric_series_dropped_total";

/** A histogram's counts per bucket (not cumulative; the last has no bound), and the sum of what was observed. */
export interface Distribution {
  readonly buckets: number[];
  sum: number;
}

/** What is added to the totals. Plain data: it goes to an object by RPC and into a row as JSON. */
export interface Deltas {
  readonly counters: Readonly<Record<string, number>>;
  readonly histograms: Readonly<Record<string, Distribution>>;
}

/** Counters and histograms by series, such as `api_requests_total{method="GET",…}`. */
export class SeriesSet {
  #counters = new Map<string, number>();
  #histograms = new Map<string, Distribution>();

  get isEmpty(): boolean {
    return this.#counters.size + this.#histograms.size === 0;
  }

  add(series: string, by: number): void {
    const known = this.#counters.get(series);
    if (known === undefined && this.#isFull) this.#drop();
    else this.#counters.set(series, (known ?? 0) + by);
  }

  observe(series: string, value: number, bounds: readonly number[]): void {
    const distribution = this.#distribution(series, bounds.length + 1);
    if (distribution === undefined) return;
    const place = bounds.findIndex((bound) => value <= bound);
    const bucket = place === -1 ? bounds.length : place;
    distribution.buckets[bucket] = (distribution.buckets[bucket] ?? 0) + 1;
    distribution.sum += value;
  }

  /** Adds what others counted. */
  merge({ counters, histograms }: Deltas): void {
    for (const [series, by] of Object.entries(counters)) this.add(series, by);
    for (const [series, { buckets, sum }] of Object.entries(histograms)) {
      const distribution = this.#distribution(series, buckets.length);
      if (distribution === undefined) continue;
      for (const [place, count] of buckets.entries())
        distribution.buckets[place] = (distribution.buckets[place] ?? 0) + count;
      distribution.sum += sum;
    }
  }

  /** Everything, as plain data. */
  totals(): Deltas {
    return { counters: Object.fromEntries(this.#counters), histograms: Object.fromEntries(this.#histograms) };
  }

  /** Everything, and begins anew; null where there is nothing. */
  take(): Deltas | null {
    if (this.isEmpty) return null;
    const taken = this.totals();
    this.#counters = new Map();
    this.#histograms = new Map();
    return taken;
  }

  get #isFull(): boolean {
    return this.#counters.size + this.#histograms.size >= seriesAtMost;
  }

  #distribution(series: string, length: number): Distribution | undefined {
    const known = this.#histograms.get(series);
    if (known) return known;
    if (this.#isFull) {
      this.#drop();
      return undefined;
    }
    const distribution = { buckets: Array.from<number>({ length }).fill(0), sum: 0 };
    this.#histograms.set(series, distribution);
    return distribution;
  }

  #drop(): void {
    this.#counters.set(droppedSeries, (this.#counters.get(droppedSeries) ?? 0) + 1);
  }
}
