import type { LeaseAnswer, LeasedTask, LeaseRequest } from "@reelway/shared/contracts/lease";
import { shardOfTask } from "@reelway/shared/ids";
import { shardsOf } from "@reelway/shared/shards";
import type { z } from "zod";
import type { RunnerPrincipal } from "../auth/principal.ts";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { projectSoon } from "../projection/project-soon.ts";
import { describe } from "../runners/describe.ts";
import type { Settings } from "../settings.ts";
import { grantInputs } from "./input-grants.ts";
import { type Lease, leaseOf, signLease } from "./token.ts";

export interface LeaseContext {
  readonly env: Env;
  readonly settings: Settings;
  readonly log: Log;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/**
 * Work for a runner from its region, up to `max` tasks. Waits for some where there is none, unless the runner hangs up
 * (`gone`): what nobody would receive must not be leased.
 */
export async function leaseWork(
  context: LeaseContext,
  runner: RunnerPrincipal,
  request: z.output<typeof LeaseRequest>,
  gone: AbortSignal,
): Promise<LeaseAnswer> {
  const { env, settings, log, waitUntil } = context;
  const waitId = crypto.randomUUID();
  const description = { ...describe(runner, request.runner), waitId };
  const leases: Lease[] = [];
  const shards = shardsOf(runner.region, settings.queueShards);
  for (const [index, shard] of shards.entries()) {
    const max = request.max - leases.length;
    if (max === 0) break;
    const last = index === shards.length - 1;
    const waitMs = last && leases.length === 0 ? request.waitMs : 0;
    const hangUp = () => waitUntil(callQueue(env, shard, async (queue) => queue.stopWaiting(waitId)).catch(() => {}));
    gone.addEventListener("abort", hangUp, { once: true });
    const tasks = await callQueue(env, shard, async (queue) => await queue.lease({ ...description, max, waitMs }));
    gone.removeEventListener("abort", hangUp);
    if (tasks.length > 0) waitUntil(projectSoon(env, shard));
    leases.push(...tasks.map(leaseOf));
    if (gone.aborted) {
      waitUntil(handBack(env, leases).catch((error) => log.warn("not handed back", { error })));
      return { tasks: [] };
    }
  }
  for (const { claims } of leases) {
    const { jobId, tenantId, taskId, epoch, attempt } = claims;
    log.info("leased", { jobId, tenantId, taskId, lease: `${taskId}:${epoch}`, attempt });
  }
  return { tasks: await Promise.all(leases.map((lease) => present(settings, lease))) };
}

/** Leased while the runner hung up: left alone, each would cost its job an attempt and the time of a lease. */
async function handBack(env: Env, leases: readonly Lease[]): Promise<void> {
  for (const { taskId, epoch, runnerId } of leases.map(({ claims }) => claims)) {
    const shard = shardOfTask(taskId);
    await callQueue(env, shard, async (queue) => queue.release({ taskId, epoch, runnerId, delayMs: 0 }));
    await projectSoon(env, shard);
  }
}

async function present(settings: Settings, { payload, claims }: Lease): Promise<LeasedTask> {
  const { taskId, jobId, epoch, attempt, expiresAt } = claims;
  const { timeoutSeconds, hardware, spec } = payload;
  const [leaseToken, inputs] = await Promise.all([signLease(settings, claims), grantInputs(settings, payload)]);
  const { leaseMs } = settings;
  return { taskId, jobId, epoch, attempt, expiresAt, leaseMs, leaseToken, timeoutSeconds, hardware, spec, inputs };
}
