import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { redisVersion } from "../baseline/redis-server.ts";
import { busyLine, machineLine } from "../machine.ts";
import { openWorkplace } from "../media/workplace.ts";
import { milliseconds, perSecond } from "../report/figures.ts";
import { table } from "../report/table.ts";
import { startBaseline } from "../sides/baseline-side.ts";
import { startReelway } from "../sides/reelway-side.ts";
import type { Side } from "../sides/side.ts";
import { type ApiCall, type MixedResult, runMixedCalls } from "./mixed-calls.ts";
import { spreadOf } from "./percentiles.ts";

/** 32 clients: those of the API and runners. */
const API_CLIENTS = 24;
const RUNNERS = 8;
const allCalls: readonly ApiCall[] = ["create", "get", "list", "status", "cancel", "events"];
/** The rest the baseline does not have. */
const baselineCalls: readonly ApiCall[] = ["create", "get", "list"];

/** `make bench-load [SECONDS=120]`: mixed calls on the embedded stack, then on fastify + BullMQ + Redis. */
async function main(): Promise<void> {
  const durationMs = Number(process.argv[2] ?? 120) * 1_000;
  if (!(durationMs > 0)) throw new Error("give the duration in seconds");
  const { directory, ffmpeg, clip } = await openWorkplace("load");
  const redis = redisVersion();
  const busy = busyLine();
  const folder = async (name: string) => {
    await mkdir(join(directory, name));
    return { directory: join(directory, name), clip, runners: RUNNERS };
  };
  const measure = (side: Side, calls: readonly ApiCall[]) =>
    runMixedCalls({ side, apiClients: API_CLIENTS, durationMs, calls, random: Math.random });

  const sections: string[] = [];
  let errors = 0;
  const report = (name: string, result: MixedResult) => {
    errors += result.errors.length;
    sections.push(sectionOf(name, result));
  };
  const reelway = await startReelway(await folder("reelway"));
  report("Reelway, embedded stack", await measure(reelway, allCalls));
  await reelway.stop();
  if (redis !== null) {
    const baseline = await startBaseline({ ...(await folder("baseline")), redisVersion: redis });
    report("fastify + BullMQ + Redis", await measure(baseline, baselineCalls));
    await baseline.stop();
  }
  const head = [
    `# Mixed calls: ${API_CLIENTS} API clients and ${RUNNERS} runners for ${durationMs / 1_000} s`,
    ...(busy === null ? [] : [busy]),
    machineLine({ ffmpeg, redis }),
  ];
  process.stdout.write(`${[...head, ...sections].join("\n\n")}\n`);
  if (errors > 0) process.exitCode = 1;
}

function sectionOf(name: string, { durationsMs, errors, elapsedMs }: MixedResult): string {
  const rows = [...durationsMs].map(([call, durations]) => {
    const spread = spreadOf(durations);
    return [
      call,
      String(durations.length),
      perSecond((durations.length * 1_000) / elapsedMs),
      ...[spread?.p50, spread?.p95, spread?.p99, spread?.max].map(milliseconds),
    ];
  });
  const firstErrors = [...new Set(errors)].slice(0, 3).map((error) => `- ${error}`);
  return [
    `## ${name}`,
    table(["call", "count", "rate", "p50", "p95", "p99", "max"], rows),
    `errors: ${errors.length}`,
    ...firstErrors,
  ].join("\n\n");
}

try {
  await main();
} catch (error) {
  process.stderr.write(`the load did not come to an end: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
process.exit();
