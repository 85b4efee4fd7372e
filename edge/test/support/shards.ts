import { env } from "cloudflare:workers";
import { newId, newRegionalId, randomKeySegment, type ShardName, shardOfTask, taskIdOf } from "@reelway/shared/ids";
import { shardFor } from "@reelway/shared/shards";
import type { RunnerPrincipal } from "../../src/auth/principal.ts";
import type { TaskPayload } from "../../src/dispatch/task-of-job.ts";
import type { Env } from "../../src/env.ts";
import { createLog } from "../../src/http/log.ts";
import { leaseWork } from "../../src/leases/lease-work.ts";
import { queueStub, regionOfShard } from "../../src/objects/region-queue-stub.ts";
import { settingsOf } from "../../src/settings.ts";
import { listen as listenTo } from "./doorbell.ts";
import { description } from "./fleet.ts";

const withShards = (queueShards: number) => ({ ...settingsOf(env), queueShards });

/** A runner whose own shard is this one. */
export function runnerAt(shard: ShardName, shardCount = 4): RunnerPrincipal {
  const region = regionOfShard(shard);
  for (;;) {
    const id = newRegionalId("run", region);
    if (shardFor(id, region, shardCount) !== shard) continue;
    const who = { id, name: "r", region, labels: [], drained: false, slots: null };
    return { kind: "runner", ...who, role: "runner", scopes: null, platform: false };
  }
}

export function payloadOf(tenantId: string, shard: ShardName): TaskPayload {
  const region = regionOfShard(shard);
  const storageRoot = `t/${tenantId}/${randomKeySegment()}`;
  const how = { spec: { kind: "probe" }, hardware: "prefer", timeoutSeconds: 60 } as const;
  return { run: 1, ...how, tenantId, region, storageRoot, inputs: [] };
}

/** Jobs of a shard's own, past D1. */
export async function fill(
  shard: ShardName,
  count: number,
  needs = ["kind:probe"],
  tenantId = newId("ten"),
): Promise<string[]> {
  const region = regionOfShard(shard);
  const payload = payloadOf(tenantId, shard);
  const commands = Array.from({ length: count }, () => {
    const jobId = newRegionalId("job", region);
    const task = { taskId: taskIdOf(jobId, shard), needs, payload: JSON.stringify(payload) };
    return { jobId, tenantId, run: 1, priority: 50, startAt: null, tasks: [task] };
  });
  for (let start = 0; start < count; start += 100)
    await queueStub(env, shard).enqueueAll(commands.slice(start, start + 100));
  return commands.map(({ jobId }) => jobId);
}

/** What the Worker goes on with behind its answers. */
export const background: Promise<unknown>[] = [];
export const context = (shards: number, away?: ShardName) => ({
  env: away === undefined ? env : without(away),
  settings: withShards(shards),
  log: createLog(),
  waitUntil: (work: Promise<unknown>) => void background.push(work),
});

/** One shard can't be reached. */
export function without(away: ShardName): Env {
  return withQueue(away, () => {
    throw new Error(`${away} is away`);
  });
}

/** One shard takes every call, and answers none. */
export function withHanging(shard: ShardName): Env {
  const never = () => new Promise<never>(() => {});
  return withQueue(shard, (queue) => new Proxy(queue, { get: () => never }));
}

type Queue = ReturnType<typeof env.REGION_QUEUE.getByName>;
function withQueue(changed: ShardName, change: (queue: Queue) => Queue): Env {
  const queues = new Proxy(env.REGION_QUEUE, {
    get: (target, name) =>
      name !== "getByName"
        ? Reflect.get(target, name)
        : (shard: string, options?: DurableObjectNamespaceGetDurableObjectOptions) => {
            const queue = target.getByName(shard, options);
            return shard === changed ? change(queue) : queue;
          },
  });
  return { ...env, REGION_QUEUE: queues };
}

export interface Question {
  readonly shards?: number;
  readonly max?: number;
  /** Default: as many as are asked for. */
  readonly slots?: number;
  readonly waitMs?: number;
  readonly away?: ShardName;
}

export async function ask(runner: RunnerPrincipal, { shards = 4, max = 1, slots, waitMs = 0, away }: Question = {}) {
  const request = { runner: { ...description, slots: slots ?? max }, max, waitMs, delivering: 0, taken: [] };
  return (await leaseWork(context(shards, away), runner, request, new AbortController().signal)).tasks;
}

type Task = Awaited<ReturnType<typeof ask>>[number];
export const finish = ({ taskId, epoch }: Task, runnerId: string) =>
  queueStub(env, shardOfTask(taskId)).complete({ taskId, epoch, runnerId, result: '{"prefix":"p/1/","outputs":[]}' });

/** What a runner's doorbell rings for. */
export const listen = (shard: ShardName, runnerId: string) => listenTo(queueStub(env, shard), runnerId);
