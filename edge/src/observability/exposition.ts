import { counters, histograms } from "./metric-definitions.ts";
import type { Deltas, Distribution } from "./series.ts";

/** The text format of Prometheus, version 0.0.4. */
export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

/** A gauge as it was read: its series without the name, such as `{region="weur"}` or nothing. */
export interface GaugeFamily {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: string; readonly value: number }[];
}

/** Totals and gauges as text. Families are in the order of their definition, series in the order of their labels. */
export function exposition(totals: Deltas, gauges: readonly GaugeFamily[]): string {
  const counterSeries = byName(Object.entries(totals.counters));
  const histogramSeries = byName(Object.entries(totals.histograms));
  const lines = [
    ...Object.entries(counters).flatMap(([name, { help }]) => [
      ...head(name, help, "counter"),
      ...(counterSeries.get(name) ?? []).map(([labels, value]) => `${name}${labels} ${value}`),
    ]),
    ...Object.entries(histograms).flatMap(([name, { help, buckets }]) => [
      ...head(name, help, "histogram"),
      ...(histogramSeries.get(name) ?? []).flatMap(([labels, distribution]) =>
        histogramLines(name, labels, distribution, buckets),
      ),
    ]),
    ...gauges.flatMap(({ name, help, samples }) => [
      ...head(name, help, "gauge"),
      ...samples.map(({ labels, value }) => `${name}${labels} ${value}`),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Labels as the format writes them. Their values are our own words and ids, so nothing in them needs an escape. */
export function labelled(labels: Readonly<Record<string, string | number>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(String(value))}`)
    .join(",")}}`;
}

function head(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

/** The series of each metric, without its name. What an older version counted under a name that is no more stays out. */
function byName<Value>(entries: readonly (readonly [series: string, value: Value])[]) {
  const split = entries
    .map(([series, value]) => {
      const at = series.indexOf("{");
      return at === -1
        ? { name: series, labels: "", value }
        : { name: series.slice(0, at), labels: series.slice(at), value };
    })
    .sort((a, b) => (a.labels < b.labels ? -1 : 1));
  const byName = new Map<string, [labels: string, value: Value][]>();
  for (const { name, labels, value } of split) byName.set(name, [...(byName.get(name) ?? []), [labels, value]]);
  return byName;
}

function histogramLines(
  name: string,
  labels: string,
  { buckets, sum }: Distribution,
  bounds: readonly number[],
): string[] {
  let upTo = 0;
  const lines = [...bounds, "+Inf"].map((bound, place) => {
    upTo += buckets[place] ?? 0;
    return `${name}_bucket${withLabel(labels, `le="${bound}"`)} ${upTo}`;
  });
  return [...lines, `${name}_sum${labels} ${sum}`, `${name}_count${labels} ${upTo}`];
}

function withLabel(labels: string, label: string): string {
  return labels === "" ? `{${label}}` : `${labels.slice(0, -1)},${label}}`;
}
