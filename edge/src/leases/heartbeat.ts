import type { HeartbeatAnswer, HeartbeatRequest, Verdict } from "@reelway/shared/contracts/lease";
import { type ShardName, shardOfTask } from "@reelway/shared/ids";
import { shardsOf } from "@reelway/shared/shards";
import type { RunnerPrincipal } from "../auth/principal.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { describe } from "../runners/describe.ts";
import type { LeaseContext } from "./lease-work.ts";
import { leaseOf, signLease } from "./token.ts";

/** A beat for all leases of a runner; where a lease was prolonged, with its new token. */
export async function beat(
  { env, settings }: Pick<LeaseContext, "env" | "settings">,
  runner: RunnerPrincipal,
  request: HeartbeatRequest,
): Promise<HeartbeatAnswer> {
  const description = describe(runner, request.runner);
  const beatAt = async (shard: ShardName): Promise<Verdict[]> => {
    const leases = request.leases.filter(({ taskId }) => shardOfTask(taskId) === shard);
    const { verdicts, extended } = await callQueue(env, shard, async (queue) =>
      queue.heartbeat({ ...description, leases }),
    );
    const tokens = await Promise.all(
      extended.map(async (task) => [task.taskId, await signLease(settings, leaseOf(task).claims)] as const),
    );
    const tokenOf = new Map(tokens);
    return verdicts.map(({ taskId, epoch, verdict, expiresAt }) => ({
      taskId,
      epoch,
      verdict,
      expiresAt,
      leaseToken: tokenOf.get(taskId) ?? null,
    }));
  };
  const shards = shardsOf(runner.region, settings.queueShards);
  const verdicts = (await Promise.all(shards.map(beatAt))).flat();
  return { verdicts: [...verdicts, ...elsewhere(shards, request)], drain: false };
}

/** A lease in another region can't be this runner's. */
function elsewhere(known: readonly ShardName[], { leases }: HeartbeatRequest): Verdict[] {
  const shards = new Set(known);
  return leases
    .filter(({ taskId }) => !shards.has(shardOfTask(taskId)))
    .map((lease) => ({ ...lease, verdict: "lost" as const, expiresAt: null, leaseToken: null }));
}
