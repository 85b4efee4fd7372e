import type { CounterLabels, CounterName, HistogramLabels, HistogramName } from "./metric-definitions.ts";
import { counters, histograms } from "./metric-definitions.ts";
import { type Deltas, SeriesSet } from "./series.ts";

/**
 * What this isolate has counted since the last flush. Isolates share no memory: `flush.ts` carries it to the
 * MetricsHub. Call these from the Worker (routes, use cases, queue consumers, the sweep), not from Durable Objects.
 */
const current = new SeriesSet();

/** Adds to a counter: `count("reelway_webhook_deliveries_total", { outcome: "delivered" })`. Never throws, never waits. */
export function count<Name extends CounterName>(name: Name, labels: CounterLabels<Name>, by = 1): void {
  current.add(seriesOf(name, counters[name].labels, labels), by);
}

/** Puts a duration into a histogram, seconds. */
export function observe<Name extends HistogramName>(name: Name, labels: HistogramLabels<Name>, seconds: number): void {
  const { labels: names, buckets } = histograms[name];
  current.observe(seriesOf(name, names, labels), seconds, buckets);
}

/** All that was counted since the last call; null where nothing was. */
export function takeCounts(): Deltas | null {
  return current.take();
}

/** Whether something waits for a flush. */
export function hasCounts(): boolean {
  return !current.isEmpty;
}

/** A series as Prometheus writes it: `name{label="value"}`. The labels' order is the definition's. */
function seriesOf(name: string, names: readonly string[], labels: Readonly<Record<string, string | number>>): string {
  if (names.length === 0) return name;
  return `${name}{${names.map((label) => `${label}="${escaped(String(labels[label]))}"`).join(",")}}`;
}

function escaped(value: string): string {
  return /["\\\n]/.test(value) ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n") : value;
}
