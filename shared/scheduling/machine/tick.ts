import type { JobError } from "../../contracts/job-error.ts";
import { type HeldTask, heldBy, leasesOn, withTimes } from "../claims.ts";
import type { Circumstances, TickCommand, TickReply } from "../commands.ts";
import type { TaskRecord } from "../records.ts";
import type { Draft } from "./draft.ts";
import { endAttempt, endDead } from "./end-attempt.ts";
import { forgetEndedJobs, forgetQuietBreakers, forgetUnseenRunners } from "./forget.ts";

/** What one tick does at most, so that it never holds up the commands behind it. */
export const workPerTick = 100;

const runnerLost: JobError = { code: "runner_lost", message: "The runner stopped answering, and its lease ran out" };
const queueTimeout: JobError = { code: "queue_timeout", message: "No runner took the task in time" };

/** Does what has come due, at most `limit` of it, and answers how much it looked at. */
type Duty = (draft: Draft, circumstances: Circumstances, limit: number) => number;
const duties: readonly Duty[] = [
  expireLeases,
  wakeDelayed,
  endOverdue,
  halfOpenBreakers,
  forgetEndedJobs,
  forgetUnseenRunners,
  forgetQuietBreakers,
];

/** Lets time pass, the most urgent first. */
export function tick(draft: Draft, _command: TickCommand, circumstances: Circumstances): TickReply {
  let left = workPerTick;
  for (const duty of duties) {
    if (left > 0) left -= duty(draft, circumstances, left);
  }
  return { more: left <= 0 };
}

function expireLeases(draft: Draft, { now, random, settings }: Circumstances, limit: number): number {
  const expired = draft.before.leasesExpired(now, limit);
  for (const [index, { taskId }] of expired.entries()) {
    const chance = { random: spread(random, index), settings };
    // None when the job of an earlier one has just failed and taken this one along.
    for (const claim of claimsOn(draft, taskId)) if (claim.leaseExpiresAt <= now) expire(draft, claim, chance);
  }
  return expired.length;
}

function claimsOn(draft: Draft, taskId: string): HeldTask[] {
  const task = draft.task(taskId);
  return task ? leasesOn(task) : [];
}

/** The alarm fires at once: found much later, it was the queue that slept, and the runner is given one more lease. */
function expire(draft: Draft, expired: HeldTask, chance: Pick<Circumstances, "random" | "settings">): void {
  const { outageMs, leaseMs } = chance.settings;
  const task = draft.task(expired.taskId);
  // As it is now: the other lease may have ended a moment ago.
  const held = heldBy(task, expired);
  if (!task || !held) return;
  if (draft.now - held.leaseExpiresAt > outageMs && !held.outageRenewed)
    draft.putTask(withTimes(task, held, { leaseExpiresAt: draft.now + leaseMs, outageRenewed: true }));
  else endAttempt(draft, held, { outcome: "lost", error: runnerLost, retryable: true }, chance);
}

/** The golden ratio's steps lie far apart from one another: tasks lost together don't come back together. */
function spread(random: number, index: number): number {
  return (random + index * 0.618_033_988_75) % 1;
}

function wakeDelayed(draft: Draft, { now }: Circumstances, limit: number): number {
  const due = draft.before.delayedDue(now, limit);
  for (const task of stillIn("delayed", draft, due)) {
    if (task.queueDeadlineAt <= now) endDead(draft, task, queueTimeout);
    else draft.putTask({ ...task, state: "ready" });
  }
  return due.length;
}

function endOverdue(draft: Draft, { now }: Circumstances, limit: number): number {
  const overdue = draft.before.queueDeadlinesPassed(now, limit);
  for (const task of stillIn("ready", draft, overdue)) endDead(draft, task, queueTimeout);
  return overdue.length;
}

/** A pause is over: the next lease for its party is a trial. */
function halfOpenBreakers(draft: Draft, { now }: Circumstances, limit: number): number {
  const due = draft.before.breakersDue(now, limit);
  for (const breaker of due) draft.putBreaker({ ...breaker, state: "half_open" });
  return due.length;
}

/** The tasks as they are now, one by one: ending one may have ended others of its job. */
function* stillIn(state: TaskRecord["state"], draft: Draft, tasks: readonly TaskRecord[]): Generator<TaskRecord> {
  for (const { taskId } of tasks) {
    const task = draft.task(taskId);
    if (task?.state === state) yield task;
  }
}
