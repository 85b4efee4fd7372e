import { isProving } from "@reelway/shared/contracts/proving";
import type { JobWaiting } from "@reelway/shared/contracts/waiting";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Env } from "../env.ts";
import type { RunnerStanding } from "../objects/region-queue-messages.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { shardsWithWork } from "../regions/live-shards.ts";
import { placementRules } from "../regions/placement-rules.ts";
import { isOffline, mergeStandings } from "../runners/merge-standings.ts";
import type { Settings } from "../settings.ts";
import { findJob } from "../store/jobs.ts";
import type { JobRow } from "../store/rows.ts";
import { reasonOf, type WaitingAnswer } from "./reason.ts";

/** Why a job does not run yet, as of now. Asks its queue and those of its region. Throws `not_found`, `unavailable`. */
export async function whyWaiting(
  env: Env,
  settings: Settings,
  tenantId: string,
  id: string,
  now: number,
): Promise<JobWaiting> {
  const job = await findJob(env, tenantId, id);
  if (!job) throw new ReelwayError("not_found");
  const { state, region } = job;
  const answer =
    state === "queued" || state === "planning" ? await waitingOf(env, settings, job, now) : notWaiting(job);
  return { id, state, region, ...answer };
}

async function waitingOf(env: Env, settings: Settings, job: JobRow, now: number): Promise<WaitingAnswer> {
  const { id, tenantId, run, shard, region, awaitsSource } = job;
  const facts = { now, awaitsSource, shards: settings.queueShards };
  if (awaitsSource) return reasonOf({ ...facts, task: null, runners: [], drainReason: null });
  const [task, runners, { states }] = await Promise.all([
    callQueue(env, shard, async (queue) => await queue.waitingTask(id, run)),
    takersIn(env, settings, job, now),
    placementRules(env, tenantId, now),
  ]);
  const regionState = states.get(region);
  const drainReason = regionState?.drainedAt == null ? null : (regionState.drainReason ?? "it is drained");
  return reasonOf({ ...facts, task, runners, drainReason });
}

/** The runners of the job's region that are there and take work, or may when their hosts are proved: until then they drain. */
async function takersIn(env: Env, settings: Settings, { region }: JobRow, now: number): Promise<RunnerStanding[]> {
  const shards = await shardsWithWork(env, settings, region, now);
  const known = shards.map((shard) => callQueue(env, shard, async (queue) => await queue.listRunners()));
  const runners = [...mergeStandings(await Promise.all(known)).values()];
  return runners.filter(
    (runner) => (!runner.draining || isProving(runner)) && !isOffline(runner, settings.leaseMs, now),
  );
}

function notWaiting({ state }: JobRow): WaitingAnswer {
  const message = state === "running" ? "A runner works on it" : `It is ${state}`;
  const nothing = { until: null, missing: [], place: null, etaAt: null, lastCode: null, deadlineAt: null };
  return { ...nothing, reason: "not_waiting", message };
}
