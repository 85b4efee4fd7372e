import type { HeartbeatAnswer, HeartbeatRequest, RunnerPause, Verdict } from "@reelway/shared/contracts/lease";
import { type ShardName, shardOfTask } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import type { RegionId } from "@reelway/shared/regions";
import { shardFor, shardsOf } from "@reelway/shared/shards";
import type { RunnerPrincipal } from "../auth/principal.ts";
import type { Log } from "../http/log.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { count } from "../observability/record.ts";
import { describe } from "../runners/describe.ts";
import type { LeaseContext } from "./lease-context.ts";
import { leaseOf, signLease } from "./token.ts";

/**
 * A beat for all leases of a runner; where a lease was prolonged, with its new token. It goes to the runner's own shard,
 * which so knows that the runner is there, and to those whose tasks it works on. Leases of a shard that is away have no
 * verdict in the answer: they go on as after a missed beat. Throws `unavailable` when no shard answered.
 */
export async function beat(
  { env, settings, log }: Pick<LeaseContext, "env" | "settings" | "log">,
  runner: RunnerPrincipal,
  request: HeartbeatRequest,
): Promise<HeartbeatAnswer> {
  const description = describe(runner, request.runner);
  const home = shardFor(runner.id, runner.region, settings.queueShards);
  const possible = request.leases.filter(({ taskId }) => isOfRegion(taskId, runner.region));
  const byShard = Map.groupBy(possible, ({ taskId }) => shardOfTask(taskId));

  const beatAt = async (shard: ShardName): Promise<{ verdicts: Verdict[]; paused: RunnerPause | null }> => {
    const leases = byShard.get(shard) ?? [];
    const elsewhere = shard === home ? { heldElsewhere: possible.length - leases.length, load: request.load } : {};
    const { verdicts, extended, paused } = await callQueue(env, shard, async (queue) =>
      queue.heartbeat({ ...description, leases, ...elsewhere }),
    );
    const tokens = await Promise.all(
      extended.map(async (task) => [task.taskId, await signLease(settings, leaseOf(task).claims)] as const),
    );
    const tokenOf = new Map(tokens);
    const told = verdicts.map(({ taskId, epoch, verdict, expiresAt }) => ({
      taskId,
      epoch,
      verdict,
      expiresAt,
      leaseToken: tokenOf.get(taskId) ?? null,
    }));
    return { verdicts: told, paused: paused ?? null };
  };
  const answers = await answersOf([...new Set([home, ...byShard.keys()])].map(beatAt), log);
  const impossible = request.leases.filter(({ taskId }) => !isOfRegion(taskId, runner.region));
  const all = [...answers.flatMap(({ verdicts }) => verdicts), ...impossible.map(lost)];
  count("reelway_heartbeats_total", { region: runner.region });
  const losses = all.filter(({ verdict }) => verdict === "lost").length;
  if (losses > 0) count("reelway_fencing_rejections_total", { call: "heartbeat" }, losses);
  const [longest] = answers.flatMap(({ paused }) => paused ?? []).sort((a, b) => b.until - a.until);
  return { verdicts: all, drain: runner.drained, slots: runner.slots, paused: longest ?? null };
}

/** Those that came; one shard that is away must not end the work on all others. Throws where none came. */
async function answersOf<Answer>(calls: readonly Promise<Answer>[], log: Log): Promise<Answer[]> {
  const settled = await Promise.allSettled(calls);
  const answers = settled.flatMap((call) => (call.status === "fulfilled" ? [call.value] : []));
  const failures = settled.flatMap((call) => (call.status === "rejected" ? [call.reason] : []));
  if (answers.length === 0) throw failures[0];
  for (const error of failures) log.warn("a shard heard no beat", { error });
  return answers;
}

/** A lease in another region, or in a shard that there can't be, is none of this runner's. */
function isOfRegion(taskId: string, region: RegionId): boolean {
  const shard = shardOfTask(taskId);
  return shardsOf(region, limits.shardsPerRegion).includes(shard);
}

function lost(lease: HeartbeatRequest["leases"][number]): Verdict {
  return { ...lease, verdict: "lost", expiresAt: null, leaseToken: null };
}
