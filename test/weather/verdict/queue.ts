import type { Facts } from "../examine/facts.ts";
import type { Check } from "./check.ts";

const ended = ["done", "dead", "canceled"];

/** No lease is held and no task waits, in the one store that is the truth about them. */
export function queuesAreEmpty({ shards, stored }: Pick<Facts, "shards" | "stored">): Check {
  const ofShards = shards.flatMap(({ name, tasks, openJobs, activeLeases, lastSequence, acknowledged }) => [
    ...tasks.filter(({ state }) => !ended.includes(state)).map(({ id, state }) => `${name}: ${id} is ${state}`),
    ...(openJobs > 0 ? [`${name}: ${openJobs} jobs have not ended`] : []),
    ...(activeLeases !== 0 ? [`${name}: tenants are counted as having ${activeLeases} leases`] : []),
    ...(acknowledged < lastSequence ? [`${name}: ${lastSequence - acknowledged} events are not acknowledged`] : []),
  ]);
  return {
    name: "no lease is held, no task waits, no event and no outbox row is on its way",
    looked: shards.reduce((sum, { tasks }) => sum + tasks.length, 0),
    findings: [...ofShards, ...(stored.outbox > 0 ? [`${stored.outbox} outbox rows`] : [])],
  };
}

/** At most one completion per task is accepted (invariant 2). */
export function completedOnce({ shards }: Pick<Facts, "shards">): Check {
  const tasks = shards.flatMap((shard) => shard.tasks);
  return {
    name: "every task that is done was completed once, and no other was",
    looked: tasks.length,
    findings: tasks
      .filter(({ state, completions }) => (state === "done" ? completions !== 1 : completions > 0))
      .map(({ id, state, completions }) => `${id} is ${state} and was completed ${completions} times`),
  };
}

/** Failures are contained, and what was paused for them works again (invariant 8). */
export function nobodyIsPaused({ shards }: Pick<Facts, "shards">): Check {
  return {
    name: "no runner, preset or tenant is still paused",
    looked: shards.length,
    findings: shards.flatMap(({ pausedBreakers }) => pausedBreakers.map((key) => `${key} is paused`)),
  };
}
