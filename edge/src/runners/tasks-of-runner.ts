import type { RunnerTasks } from "@reelway/shared/contracts/runner";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Caller } from "../auth/principal.ts";
import type { Env } from "../env.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { shardsWithWork } from "../regions/live-shards.ts";
import type { Settings } from "../settings.ts";
import { findRunnerRow } from "../store/runners.ts";
import { mergeStandings } from "./merge-standings.ts";
import { toldFailures, toldLeases } from "./told-work.ts";

/** Failures that are told, however many shards have some. */
const failuresTold = 10;

/** What a runner works on in all shards of its region, and how it failed last. Throws `not_found`, `unavailable`. */
export async function tasksOfRunner(
  env: Env,
  settings: Settings,
  caller: Caller,
  id: string,
  now: number,
): Promise<RunnerTasks> {
  const row = await findRunnerRow(env, id);
  if (!row) throw new ReelwayError("not_found");
  const shards = await shardsWithWork(env, settings, row.region, now);
  const [leases, standings] = await Promise.all([
    Promise.all(shards.map((shard) => callQueue(env, shard, async (queue) => await queue.leasesOf(id)))),
    Promise.all(shards.map((shard) => callQueue(env, shard, async (queue) => await queue.listRunners()))),
  ]);
  const failures = mergeStandings(standings).get(id)?.failures ?? [];
  return {
    leases: toldLeases(caller, leases.flat()),
    failures: toldFailures(caller, failures.slice(-failuresTold)),
  };
}
