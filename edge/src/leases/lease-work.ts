import type { LeaseAnswer, LeasedTask, LeaseRequest } from "@reelway/shared/contracts/lease";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { leaseKey, type ShardName, shardOfTask } from "@reelway/shared/ids";
import { needsOf } from "@reelway/shared/scheduling/lanes";
import { shardFor } from "@reelway/shared/shards";
import { traceIdOf } from "@reelway/shared/telemetry/trace-id";
import type { z } from "zod";
import type { RunnerPrincipal } from "../auth/principal.ts";
import type { Env } from "../env.ts";
import { shownSpec } from "../jobs/present-job.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { count } from "../observability/record.ts";
import { SpanKind, startSpan } from "../observability/spans.ts";
import { projectSoon } from "../projection/project-soon.ts";
import { shardsWithWork } from "../regions/live-shards.ts";
import { describe } from "../runners/describe.ts";
import type { Settings } from "../settings.ts";
import { failLease } from "./end-lease.ts";
import { grantInputs } from "./input-grants.ts";
import type { LeaseContext } from "./lease-context.ts";
import { type Asking, leaseFromShard, type Patience } from "./lease-from-shard.ts";
import { stealWork } from "./steal-work.ts";
import { grantDestination } from "./tenant-grants.ts";
import { type Lease, leavesLess, signLease } from "./token.ts";

/**
 * Work for a runner from its region, up to `max` tasks: its own shard's first, then of the fullest others
 * (docs/adr/0012). Waits for some where there is none, unless the runner hangs up (`gone`): what nobody would receive
 * must not be leased.
 */
export async function leaseWork(
  context: LeaseContext,
  runner: RunnerPrincipal,
  request: z.output<typeof LeaseRequest>,
  gone: AbortSignal,
): Promise<LeaseAnswer> {
  const { env, settings, log, waitUntil } = context;
  const home = shardFor(runner.id, runner.region, settings.queueShards);
  const shards = await shardsWithWork(env, settings, runner.region, Date.now());
  const places = { home, others: shards.filter((shard) => shard !== home) };
  const { max, waitMs, delivering, taken } = request;
  const asking = { context, description: { ...describe(runner, request.runner), delivering, taken }, gone };
  const alone = places.others.length === 0;
  // With several shards, what is ready anywhere goes before what is slow at home.
  let leases = await look(asking, places, max, alone ? { waitMs, hedging: true } : atOnce);
  if (leases.length === 0 && !alone && !gone.aborted) {
    leases = await leaseFromShard(asking, home, max, { waitMs, hedging: true });
    // It may have been woken for another shard's work; after that the runner asks again by itself.
    if (leases.length === 0 && waitMs > 0 && !gone.aborted) leases = await look(asking, places, max, atOnce);
  }
  if (gone.aborted) {
    const jobIds = leases.map(({ claims }) => claims.jobId);
    waitUntil(handBack(env, leases).catch((error) => log.warn("not handed back", { jobIds, error })));
    return { tasks: [] };
  }
  const presented = leases.map((lease) => presentOrEnd(context, lease, tellLeased(context, lease)));
  return { tasks: (await Promise.all(presented)).flat() };
}

const atOnce: Patience = { waitMs: 0, hedging: false };

/** Where a runner's work comes from. */
interface Places {
  readonly home: ShardName;
  /** Other shards of the region that may have work. */
  readonly others: readonly ShardName[];
}

/** One look at all shards: one that is away keeps nobody from the work of the others. Throws `unavailable` where nothing else was found. */
async function look(asking: Asking, { home, others }: Places, max: number, patience: Patience): Promise<Lease[]> {
  const [own] = await Promise.allSettled([leaseFromShard(asking, home, max, patience)]);
  const leases = own.status === "fulfilled" ? own.value : [];
  const wanted = leases.some(leavesLess) ? 0 : max - leases.length;
  const stolen = await stealWork(asking, { home, others, wanted });
  if (own.status === "rejected" && stolen.length === 0) throw own.reason;
  return [...leases, ...stolen];
}

/** Leased while the runner hung up: left alone, each would cost its job an attempt and the time of a lease. */
async function handBack(env: Env, leases: readonly Lease[]): Promise<void> {
  for (const { taskId, epoch, runnerId } of leases.map(({ claims }) => claims)) {
    const shard = shardOfTask(taskId);
    await callQueue(env, shard, async (queue) => queue.release({ taskId, epoch, runnerId, delayMs: 0 }));
    await projectSoon(env, shard);
  }
}

/** Logs, counts and traces a lease; answers the trace context of what its runner does. */
function tellLeased({ env, log, traceparent: request }: LeaseContext, { payload, claims }: Lease): string | undefined {
  const { jobId, tenantId, taskId, epoch, attempt, runnerId, region, leasedAt, hedge = false } = claims;
  count("reelway_leases_total", { region });
  if (hedge) count("reelway_hedges_total", { region, outcome: "started" });
  const traceId = traceIdOf(payload.traceparent);
  log.info("leased", {
    jobId,
    tenantId,
    taskId,
    lease: leaseKey(claims),
    attempt,
    ...(hedge && { hedge }),
    ...(traceId && { traceId }),
  });
  const attributes = { "reelway.job_id": jobId, "reelway.task_id": taskId, "reelway.runner_id": runnerId };
  const span = startSpan(env, "lease", payload.traceparent, {
    kind: SpanKind.CONSUMER,
    startedAt: leasedAt,
    attributes: { ...attributes, "reelway.region": region, "reelway.epoch": epoch, "reelway.attempt": attempt },
    links: [request],
  });
  span?.end();
  return span?.traceparent ?? payload.traceparent ?? undefined;
}

/** The task as its runner gets it; ended or handed back where what it takes can't be granted. */
async function presentOrEnd(
  context: LeaseContext,
  lease: Lease,
  traceparent: string | undefined,
): Promise<LeasedTask[]> {
  const { env, settings, log, waitUntil } = context;
  const { jobId, tenantId, taskId } = lease.claims;
  try {
    return [await present(env, settings, lease, traceparent)];
  } catch (error) {
    log.warn("not granted", { jobId, tenantId, taskId, error });
    const isFinal = error instanceof ReelwayError && !error.retryable;
    const ended = isFinal
      ? failLease(context, lease.claims, { code: error.code, message: error.message })
      : handBack(env, [lease]);
    waitUntil(ended.catch((cause: unknown) => log.warn("not ended", { jobId, taskId, error: cause })));
    return [];
  }
}

async function present(
  env: Env,
  settings: Settings,
  { task, payload, claims }: Lease,
  traceparent: string | undefined,
): Promise<LeasedTask> {
  const { taskId, jobId, epoch, attempt, expiresAt } = claims;
  const { timeoutSeconds, hardware, stream } = payload;
  const [leaseToken, inputs, destination] = await Promise.all([
    signLease(settings, claims),
    grantInputs(env, settings, claims, payload),
    grantDestination(env, settings, claims, payload),
  ]);
  const { leaseMs } = settings;
  const trace = traceparent === undefined ? {} : { traceparent };
  const spec = shownSpec(payload.spec);
  const step = stream && { step: stream.step };
  const needs = needsOf(task.needs);
  const what = {
    ...trace,
    timeoutSeconds,
    needs,
    hardware,
    spec,
    ...step,
    inputs,
    ...(destination && { destination }),
  };
  return { taskId, jobId, epoch, attempt, expiresAt, leaseMs, leaseToken, ...what };
}
