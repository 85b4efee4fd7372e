import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "@reelway/stack/ports";
import { descendantsOf, sizeOf } from "../../weather/watch/process-table.ts";
import { workerHeap } from "../../weather/watch/worker-heap.ts";
import { runMixedCalls } from "../load/mixed-calls.ts";
import { busyLine, machineLine } from "../machine.ts";
import { openWorkplace } from "../media/workplace.ts";
import { table } from "../report/table.ts";
import { startReelway } from "../sides/reelway-side.ts";

const ROUND_MS = 45_000;
const API_CLIENTS = 12;
const RUNNERS = 8;
const calls = ["create", "get", "list", "status", "cancel", "events"] as const;

/** `make bench-heap [ROUNDS=5]`: what the Worker holds behind rounds of mixed calls, and what workerd does with its simulators. */
async function main(): Promise<void> {
  const rounds = Number(process.argv[2] || 5);
  if (!(rounds > 0)) throw new Error("give how many rounds");
  const { directory, ffmpeg, clip } = await openWorkplace("heap");
  const busy = busyLine();
  await mkdir(join(directory, "reelway"));
  const inspectorPort = await freePort("127.0.0.1", 0);
  const side = await startReelway({
    ...{ directory: join(directory, "reelway"), clip, runners: RUNNERS },
    settings: { REELWAY_INSPECTOR_PORT: String(inspectorPort) },
  });
  const rows: string[][] = [];
  let [accepted, completed] = [0, 0];
  for (let round = 1; round <= rounds; round++) {
    const load = { side, apiClients: API_CLIENTS, durationMs: ROUND_MS, calls, random: Math.random };
    const { durationsMs, errors } = await runMixedCalls(load);
    if (errors.length > 0) throw new Error(`${errors.length} calls failed, such as ${errors[0]}`);
    accepted += durationsMs.get("create")?.length ?? 0;
    completed += durationsMs.get("complete")?.length ?? 0;
    const whole = megabytes(workerdBytes());
    rows.push([String(round), String(accepted), String(completed), megabytes(await workerHeap(inspectorPort)), whole]);
  }
  await side.stop();
  const head = ["# What the Worker holds", ...(busy === null ? [] : [busy]), machineLine({ ffmpeg, redis: null })];
  const headings = [
    "round",
    "jobs accepted",
    "completed",
    "the Worker, garbage collected",
    "workerd with its simulators",
  ];
  process.stdout.write(`${[...head, table(headings, rows)].join("\n\n")}\n`);
}

function workerdBytes(): number {
  const all = descendantsOf(process.pid).filter(({ program }) => program === "workerd");
  return all.reduce((sum, { identity }) => sum + (sizeOf(identity.pid)?.residentBytes ?? 0), 0);
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

try {
  await main();
} catch (error) {
  process.stderr.write(`the heap was not measured: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
process.exit();
