import { table } from "../../bench/report/table.ts";
import { customersPerTenant, tenantCount } from "../settings.ts";
import { type Growth, type Trend, workerHeapName } from "../watch/growth.ts";
import type { RunRecord } from "./record.ts";

const mebibyte = 1024 * 1024;
const findingsShown = 10;

export interface Circumstances {
  readonly commit: string;
  readonly machine: string;
}

/** The report as Markdown; its pictures are below `reliability/`. */
export function reportOf(record: RunRecord, { commit, machine }: Circumstances): string {
  const { startedAt, seed, weatherMs, calmMs, jobsOfWeather, checks, hasSmallDisk } = record;
  const failed = checks.filter(({ findings }) => findings.length > 0).length;
  const verdict =
    failed === 0 ? `All ${checks.length} checks hold.` : `**${failed} of ${checks.length} checks do not hold.**`;
  return `# How Reelway takes bad weather

Figures of one run: **${inMinutes(weatherMs)} minutes** of weather, seed ${seed}, commit ${commit}, begun ${new Date(startedAt).toISOString().slice(0, 16)} UTC.
${machine}.

    make weather MINUTES=${inMinutes(weatherMs)} SEED=${seed} DOCS=docs

makes this page anew. Without \`DOCS\` the report stays in a folder of the run's own below \`.reelway/weather\`, with the logs of
all processes and the record that it was made from. The same seed deals the same orders and the same storms; what they
meet, and so the figures, depends on the machine.

**The house.** The control plane of \`make up\`, and three runners, kept going by the supervisor of \`make up\`. Everything that is
stored goes through a gate that can misbehave; webhooks go to a receiver that can.${
    hasSmallDisk
      ? " One runner's scratch space is a small disk."
      : " No small disk could be mounted: no disk was ever full."
  }

**The load.** ${tenantCount} tenants with ${customersPerTenant} customers each, who upload (in one go, in parts, with stops), order files, streams, probes,
pictures, sound, fetched sources and batches, watch, cancel, retry, delete, and change API keys and webhook secrets. Some sources
are no media, and some are cut short.

**The weather.** A storm every twelve seconds or so, each kind once before any comes again. From half of the time on the
control plane is no longer killed, so that one life of it is long enough to see whether it grows; the first runner is never
killed, for the same reason.

${jobsOfWeather} jobs were accepted, ${record.jobs.length} with those that the control plane made itself and a last round when all was over; they took
${record.attempts.reduce((sum, count) => sum + count, 0)} attempts. The last had ended ${Math.round(calmMs / 1_000)} s after the weather. ${verdict}

## What held

${table(
  ["", "looked at", "findings"],
  checks.map(({ name, looked, findings }) => [name, String(looked), String(findings.length)]),
)}
${findingsOf(record)}
"Arrived" of a webhook is by itself, or when its tenant asked for it again after the weather: a receiver that fails often is
otherwise called again only hours later.

## What struck

${struckTable(record)}

Requests to the storage that met a fault: ${pairs(Object.entries(record.storageFaults))}. Webhooks: ${record.webhooks.taken} taken, ${record.webhooks.refused} refused.
Processes started again: ${pairs([...Map.groupBy(record.ends, ({ name }) => name)].map(([name, ends]) => [name, ends.length]))}.

## What customers did

${table(
  ["", "times"],
  record.acts.toSorted(([, a], [, b]) => b - a).map(([what, times]) => [what, String(times)]),
)}

![Jobs](reliability/jobs.png)

## Memory and file handles

Each life of a process that lasted for four minutes or more behind its first one and a half. *Floors*: the least of
each sixth of that life, oldest first, which is what garbage collection left; *grown* is by the median slope between them.
More than 48 MiB, or 12 handles, and more than a quarter would be a leak. Shorter lives are in the pictures.
*The Worker in workerd* is what our code holds when all garbage is collected, looked at every 15 seconds by workerd's inspector;
more than 4 MiB and a quarter would be a leak. The rest of workerd are the simulators of D1, Queues and R2, which are never
deployed: its memory is told, and not judged; its handles are.

${growthTable(record.growth)}

![Memory](reliability/memory.png)

![File handles](reliability/handles.png)

## What this does not show

- Cloudflare itself: D1, Queues, Durable Objects and R2 are the simulators of the embedded stack, all on one machine and its
  loopback; what the Worker holds under many more jobs stands in [benchmarks.md](benchmarks.md#9-what-the-worker-holds). Network partitions between hosts are only those that the storage gate and standing still make.
- The control plane's own disk is never full: at Cloudflare it has none.
- Devices: everything is encoded in software.
`;
}

function findingsOf({ checks }: RunRecord): string {
  const lines = checks.flatMap(({ name, findings }) => [
    ...(findings.length === 0 ? [] : [`\n**Against "${name}":**\n`]),
    ...findings.slice(0, findingsShown).map((finding) => `- ${finding.split("\n")[0]}`),
    ...(findings.length > findingsShown ? [`- and ${findings.length - findingsShown} more`] : []),
  ]);
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function struckTable({ struck }: RunRecord): string {
  const kinds = [...Map.groupBy(struck, ({ name }) => name)].sort(([a], [b]) => a.localeCompare(b));
  return table(
    ["storm", "times"],
    kinds.map(([name, times]) => [name, String(times.length)]),
  );
}

function growthTable(growth: readonly Growth[]): string {
  if (growth.length === 0) return "No process lived long enough in this run.";
  return table(
    ["process", "minutes", "MiB, floors", "grown", "handles, floors", "grown"],
    growth.map(({ name, spanMs, memory, handles }) => [
      ...[name, inMinutes(spanMs)],
      ...trendCells(memory, mebibyte, name === workerHeapName ? 1 : 0),
      ...(handles === null ? ["", ""] : trendCells(handles, 1, 0)),
    ]),
  );
}

function trendCells({ floors, grown }: Trend, unit: number, digits: number): [floors: string, grown: string] {
  const inUnit = (value: number) => (value / unit).toFixed(digits);
  return [floors.map(inUnit).join(" "), inUnit(grown)];
}

function pairs(entries: readonly (readonly [string, number])[]): string {
  return entries.map(([name, count]) => `${name} ${count}`).join(", ") || "none";
}

function inMinutes(ms: number): string {
  return String(Math.round(ms / 6_000) / 10);
}
