import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { plotsOf } from "./plots.ts";
import { reportOf } from "./report.ts";
import type { Trace } from "./trace.ts";

/** `make simulate`: a day of the whole fleet, with hedges and without, and the report of it. */
const { values } = parseArgs({
  options: {
    runners: { type: "string", default: "1000" },
    jobs: { type: "string", default: "10000" },
    minutes: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    docs: { type: "string", default: join(import.meta.dirname, "..", "..", "..", "docs") },
  },
});
const [runners, jobs, minutes, seed] = [values.runners, values.jobs, values.minutes, values.seed].map(Number);
if (![runners, jobs, minutes, seed].every(Number.isSafeInteger))
  throw new Error("runners, jobs, minutes and seed are whole numbers");
const options = {
  runners: runners ?? 0,
  jobs: jobs ?? 0,
  dayMs: (minutes ?? 0) * 60_000,
  seed: seed ?? 0,
  shardsPerRegion: 2,
};

/** Each in a thread of its own: they have nothing to do with one another. */
const [hedged, unhedged] = await Promise.all(
  [true, false].map(async (hedging): Promise<Trace> => {
    const thread = new Worker(new URL("./thread.ts", import.meta.url), { workerData: { ...options, hedging } });
    const [trace]: Trace[] = await once(thread, "message");
    if (!trace) throw new Error("a run ended without a trace");
    return trace;
  }),
);
if (!hedged || !unhedged) throw new Error("two runs are compared");
const { user, system } = process.cpuUsage();
console.log(
  `${hedged.commands + unhedged.commands} commands, ${((user + system) / 1e6).toFixed(0)} s of processor time`,
);

const folder = join(values.docs, "scheduling");
mkdirSync(folder, { recursive: true });
for (const [name, picture] of plotsOf(hedged, unhedged)) writeFileSync(join(folder, name), picture);
writeFileSync(join(values.docs, "scheduling-report.md"), reportOf(options, hedged, unhedged));
