import { expect } from "vitest";
import type { JobError } from "../../contracts/job-error.ts";
import { leasesOn } from "../claims.ts";
import type { EnqueueCommand, HeartbeatCommand, LeaseCommand, NewTask } from "../commands.ts";
import { additionOf, tasksOf, wordsIn } from "./shaped-tasks.ts";
import { type Grant, jobIds, type Simulation, simulationSettings, tenantIds } from "./simulation.ts";
import { codes, type Ending, recipes, runnerIds, type Step } from "./steps.ts";

/** Makes a step happen to the queue, and to what the simulation expects of it. */
export function take(world: Simulation, step: Step): void {
  switch (step.do) {
    case "enqueue":
    case "enqueueNextRun":
      enqueue(world, step);
      break;
    case "cancel":
      cancel(world, step);
      break;
    case "lease": {
      const { runner, slots, draining, capable, hedging, delivering, holdBackMs } = step;
      const command = leaseCommand(at(runnerIds, runner), slots, draining, capable);
      const task = world.run({ ...command, hedging, delivering, taken: wordsIn("taken", step.taken), holdBackMs });
      if (task) world.granted(task);
      world.leftOvers += task && holdBackMs > 0 ? 1 : 0;
      break;
    }
    case "work": {
      const task = world.run(leaseCommand(at(runnerIds, step.runner), 8, false, 3));
      if (task)
        finish(world, world.granted(task), {
          do: "complete",
          stranger: false,
          delay: 0,
          code: 0,
          needs: 0,
          add: step.add,
        });
      break;
    }
    case "beat":
      beat(world, at(runnerIds, step.runner));
      break;
    case "complete":
    case "fail":
    case "failForGood":
    case "release": {
      const grant = world.grants[world.grants.length - 1 - (step.grant % Math.max(1, world.grants.length))];
      if (grant) finish(world, grant, step);
      break;
    }
    case "addWrongly": {
      const grant = world.grants.filter((each) => isLive(world, each)).at(-1 - step.grant);
      if (grant) addWrongly(world, grant, step.wrong);
      break;
    }
    case "resetBreaker": {
      const known = world.store.breakersQuietSince(world.now, 100);
      world.run({ type: "resetBreaker", key: known[step.breaker % Math.max(1, known.length)]?.key ?? "runner:nobody" });
      break;
    }
    case "limit":
      limit(world, step);
      break;
    case "pass":
      world.now += step.milliseconds;
      break;
    case "tick":
      world.run({ type: "tick" });
      break;
    case "acknowledge":
      world.run({ type: "acknowledge", upToSequence: world.store.lastSequence() - step.share });
      break;
    case "crash":
      crash(world);
      break;
  }
}

/** Lets three runners that can do everything lease on while time passes, until nothing is left to come due. */
export function drain(world: Simulation, ending: Ending): void {
  for (let round = 0; round < 200 && world.store.nextDeadline() !== undefined; round++) {
    for (const runnerId of runnerIds) {
      const task = world.run({ ...leaseCommand(runnerId, 8, false, 3), hedging: true });
      const grant = task && world.granted(task);
      if (grant && (ending === "complete" || ending === "fail"))
        finish(world, grant, { do: ending, stranger: false, delay: 0, code: round, needs: 0, add: [] });
    }
    const deadline = world.store.nextDeadline() ?? world.now;
    world.now = Math.max(
      world.now,
      ending === "oversleep" ? deadline + simulationSettings.outageMs + 1 : Math.min(deadline, world.now + 500),
    );
    world.run({ type: "tick" });
  }
}

/** The run that a caller means. Nobody repeats a run that is older than the retention, so a forgotten one is not meant. */
function runMeant(world: Simulation, jobId: string, offset: number): number {
  const run = Math.max(1, (world.lastRun.get(jobId) ?? 1) + offset);
  const forgotten = world.lastRun.has(jobId) && !world.store.job(jobId);
  return forgotten ? Math.max(run, (world.lastRun.get(jobId) ?? 0) + 1) : run;
}

function cancel(world: Simulation, step: Extract<Step, { do: "cancel" }>): void {
  const jobId = at(jobIds, step.job);
  const run = runMeant(world, jobId, step.runOffset);
  const { stopped } = world.run({ type: "cancel", jobId, tenantId: tenantOf(step.job), run });
  for (const { taskId, epoch } of stopped) {
    const grant = world.grants.find((other) => other.taskId === taskId && other.epoch === epoch);
    if (grant) grant.over = true;
  }
  endOlderRuns(world, jobId, run);
}

/** A later run ends the earlier ones. */
function endOlderRuns(world: Simulation, jobId: string, run: number): void {
  world.lastRun.set(jobId, Math.max(run, world.lastRun.get(jobId) ?? 0));
  for (const grant of world.grants) if (grant.jobId === jobId && grant.run < run) grant.over = true;
}

function enqueue(world: Simulation, step: Extract<Step, { do: "enqueue" | "enqueueNextRun" }>): void {
  const jobId = at(jobIds, step.job);
  const run = runMeant(world, jobId, step.do === "enqueueNextRun" && world.lastRun.has(jobId) ? 1 : 0);
  const command: EnqueueCommand & { type: "enqueue" } = {
    type: "enqueue",
    jobId,
    tenantId: tenantOf(step.job),
    run,
    priority: step.priority,
    startAt: step.delay > 0 ? world.now + step.delay : null,
    tasks: tasksOf(step.tasks, `${jobId}-`, at(recipes, step.recipe), step.graph ? [] : null),
  };
  if (world.run(command) !== "enqueued") return;
  world.enqueued.add(`${jobId} ${run}`);
  endOlderRuns(world, jobId, run);
}

/** By itself, or with a job that is known already. */
function limit(world: Simulation, step: Extract<Step, { do: "limit" }>): void {
  const share = { maxRunning: step.maxRunning, setAt: world.now - step.age };
  const jobId = at(jobIds, step.tenant);
  const run = world.lastRun.get(jobId);
  if (!step.byEnqueue || run === undefined || !world.store.job(jobId))
    world.run({ type: "limitTenant", tenantId: at(tenantIds, step.tenant), share });
  else {
    const again = { jobId, tenantId: tenantOf(step.tenant), run, priority: 0, startAt: null, share };
    const tasks = [{ taskId: `${jobId}-again`, needs: [], payload: "{}" }];
    expect(world.run({ type: "enqueue", ...again, tasks })).not.toBe("enqueued");
  }
}

/** A completion whose addition can't be: nothing of it is taken in, and the lease goes on. */
function addWrongly(world: Simulation, { taskId, jobId, epoch, runnerId }: Grant, wrong: number): void {
  const fresh = { taskId: `${jobId}-new`, needs: [], payload: "{}", part: "new" };
  const [add, why] = at<readonly [readonly NewTask[], string]>(
    [
      [[fresh, { ...fresh, taskId }], "already"],
      [[fresh, fresh], "already"],
      [[{ ...fresh, unblocks: taskId }], "waits for others"],
      [
        [
          fresh,
          { ...fresh, taskId: `${jobId}-a`, unblocks: `${jobId}-b` },
          { ...fresh, taskId: `${jobId}-b`, unblocks: `${jobId}-a` },
        ],
        "one another",
      ],
    ],
    wrong,
  );
  world.refused({ type: "complete", taskId, epoch, runnerId, result: "{}", add }, why);
}

function isLive(world: Simulation, { taskId, epoch }: Grant): boolean {
  const task = world.store.task(taskId);
  return task !== undefined && leasesOn(task).some((held) => held.epoch === epoch);
}

function finish(
  world: Simulation,
  grant: Grant,
  step: Pick<
    Extract<Step, { do: "complete" | "fail" | "failForGood" | "release" }>,
    "do" | "stranger" | "delay" | "code" | "needs" | "add"
  >,
): void {
  const { taskId, epoch } = grant;
  const runnerId = step.stranger ? "stranger" : grant.runnerId;
  if (step.do === "complete") {
    const result = `{"by":"${runnerId}"}`;
    const add = additionOf(world, grant, step.add);
    const { outcome } = world.run({ type: "complete", taskId, epoch, runnerId, result, add });
    if (outcome === "completed") world.completed(grant, runnerId);
  } else if (step.do === "release") {
    const needs = wordsIn("found", step.needs);
    const reply = world.run({ type: "release", taskId, epoch, runnerId, delayMs: step.delay, needs });
    if (reply === "released") grant.over = true;
  } else {
    const retryable = step.do === "fail";
    const error: JobError = { code: codes[step.code % codes.length] ?? "internal", message: "it failed" };
    const reply = world.run({ type: "fail", taskId, epoch, runnerId, error, retryable });
    if (reply !== "lease_lost") grant.over = true;
    if (reply === "dead") for (const other of world.grants) if (other.jobId === grant.jobId) other.over = true;
  }
}

function beat(world: Simulation, runnerId: string): void {
  const held = world.grants.filter((grant) => grant.runnerId === runnerId);
  const command: HeartbeatCommand & { type: "heartbeat" } = {
    ...leaseCommand(runnerId, 4, false, 3),
    type: "heartbeat",
    leases: held.map(({ taskId, epoch }) => ({ taskId, epoch })),
  };
  for (const [index, { verdict, expiresAt }] of world.run(command).entries()) {
    const grant = held[index];
    if (grant && verdict === "keep" && expiresAt !== null) grant.expiresAt = expiresAt;
    else if (grant) grant.over = true;
  }
}

/** In the middle of a batch that leases, completes what it leased last, and ticks. */
function crash(world: Simulation): void {
  const { taskId, epoch, runnerId } = world.grants.at(-1) ?? { taskId: "none", epoch: 1, runnerId: "r0" };
  const lease = { ...leaseCommand("r0", 8, false, 3), hedging: true };
  world.crashDuring([lease, { type: "complete", taskId, epoch, runnerId, result: "{}" }, lease, { type: "tick" }]);
}

function leaseCommand(
  runnerId: string,
  slots: number,
  draining: boolean,
  capable: number,
): LeaseCommand & { type: "lease" } {
  return { type: "lease", runnerId, capabilities: wordsIn("has", capable), slots, draining, version: "1" };
}

function tenantOf(job: number): string {
  return at(tenantIds, job % tenantIds.length);
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
}
