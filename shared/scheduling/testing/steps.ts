import fc from "fast-check";
import type { JobError } from "../../contracts/job-error.ts";
import { leasesOn } from "../claims.ts";
import type { EnqueueCommand, HeartbeatCommand, LeaseCommand, NewTask } from "../commands.ts";
import { type Grant, jobIds, type Simulation, simulationSettings, tenantIds } from "./simulation.ts";

const runnerIds = ["r0", "r1", "r2"];
const capabilities = ["a", "b"];
const recipes = ["x@1", "x@1", "y@1", ""];
/** Against recipe and runner; against the runner; against neither. */
const codes = ["encode_failed", "runner_error", "input_unreadable"] as const;

/** A task to be made: what it needs, its place, and which one waits for it (a pick, mostly of none). */
interface Shape {
  readonly needs: number;
  readonly order: number;
  readonly unblocks: number;
  readonly hedgeable: boolean;
}

/** A job has no more tasks than this: one tick must be able to forget all that the reference forgets. */
const tasksAtMost = 7;

/** One thing that happens to the queue. Numbers are picks among what is there when the step is taken. */
export type Step =
  | {
      do: "enqueue" | "enqueueNextRun";
      job: number;
      priority: number;
      delay: number;
      tasks: readonly Shape[];
      /** Whether the tasks are parts of a graph, or all for themselves. */
      graph: boolean;
      recipe: number;
    }
  | { do: "cancel"; job: number; runOffset: number }
  | { do: "lease"; runner: number; slots: number; draining: boolean; capable: number; hedging: boolean }
  | { do: "work"; runner: number; add: readonly Shape[] }
  | { do: "beat"; runner: number }
  | {
      do: "complete" | "fail" | "failForGood" | "release";
      grant: number;
      stranger: boolean;
      delay: number;
      code: number;
      /** What a completion adds. */
      add: readonly Shape[];
    }
  | { do: "addWrongly"; grant: number; wrong: number }
  | { do: "resetBreaker"; breaker: number }
  | { do: "pass"; milliseconds: number }
  | { do: "tick" }
  | { do: "acknowledge"; share: number }
  | { do: "crash" };

const { leaseMs, outageMs, queuedMs, retentionMs, retryMaxMs } = simulationSettings;
const some = (max: number) => fc.nat({ max });

const shape: fc.Arbitrary<Shape> = fc.record({
  needs: fc.constantFrom(0, 0, 0, 1, 2, 3),
  order: fc.constantFrom(0, 0, 1, 2),
  unblocks: some(3),
  hedgeable: fc.constantFrom(true, true, false),
});

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("enqueue" as const, "enqueue" as const, "enqueueNextRun" as const),
      job: some(jobIds.length - 1),
      priority: some(30),
      delay: fc.constantFrom(0, 0, 0, 150, 2_000),
      tasks: fc.oneof(fc.array(shape, { minLength: 1, maxLength: 1 }), fc.array(shape, { minLength: 1, maxLength: 5 })),
      graph: fc.constantFrom(true, true, false),
      recipe: some(recipes.length - 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("cancel" as const),
      job: some(jobIds.length - 1),
      runOffset: fc.constantFrom(0, 0, 0, 1, -1),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant("lease" as const),
      runner: some(runnerIds.length - 1),
      slots: fc.constantFrom(1, 2, 4, 4),
      draining: fc.constantFrom(false, false, false, false, true),
      capable: fc.constantFrom(3, 3, 3, 2, 1, 0),
      hedging: fc.constantFrom(true, true, false),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("work" as const),
      runner: some(runnerIds.length - 1),
      add: fc.array(shape, { maxLength: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("beat" as const), runner: some(runnerIds.length - 1) }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "complete" as const,
        "complete" as const,
        "fail" as const,
        "failForGood" as const,
        "release" as const,
      ),
      grant: some(1_000),
      stranger: fc.constantFrom(false, false, false, false, false, false, true),
      delay: fc.constantFrom(0, 0, 300, 5_000),
      code: fc.constantFrom(0, 0, 1, 2),
      add: fc.oneof(fc.constant([]), fc.array(shape, { maxLength: 3 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("addWrongly" as const), grant: some(2), wrong: some(3) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      milliseconds: fc.constantFrom(
        1,
        40,
        retryMaxMs,
        leaseMs / 2,
        leaseMs,
        leaseMs + outageMs + 1,
        queuedMs,
        retentionMs,
      ),
    }),
  },
  { weight: 6, arbitrary: fc.constant({ do: "tick" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("acknowledge" as const), share: some(3) }) },
  { weight: 1, arbitrary: fc.constant({ do: "crash" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("resetBreaker" as const), breaker: some(20) }) },
);

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
      const { runner, slots, draining, capable, hedging } = step;
      const task = world.run({ ...leaseCommand(at(runnerIds, runner), slots, draining, capable), hedging });
      if (task) world.granted(task);
      break;
    }
    case "work": {
      const task = world.run(leaseCommand(at(runnerIds, step.runner), 8, false, 3));
      if (task)
        finish(world, world.granted(task), { do: "complete", stranger: false, delay: 0, code: 0, add: step.add });
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

/**
 * How things go on once nobody asks for anything new: runners finish their work, or fail it, or vanish with it; or they
 * vanish while the queue itself keeps sleeping past every deadline.
 */
export const ending = fc.constantFrom("complete", "fail", "vanish", "oversleep");
export type Ending = typeof ending extends fc.Arbitrary<infer T> ? T : never;

/** Lets three runners that can do everything lease on while time passes, until nothing is left to come due. */
export function drain(world: Simulation, ending: Ending): void {
  for (let round = 0; round < 200 && world.store.nextDeadline() !== undefined; round++) {
    for (const runnerId of runnerIds) {
      const task = world.run({ ...leaseCommand(runnerId, 8, false, 3), hedging: true });
      const grant = task && world.granted(task);
      if (grant && (ending === "complete" || ending === "fail"))
        finish(world, grant, { do: ending, stranger: false, delay: 0, code: round, add: [] });
    }
    const deadline = world.store.nextDeadline() ?? world.now;
    world.now = Math.max(
      world.now,
      ending === "oversleep" ? deadline + outageMs + 1 : Math.min(deadline, world.now + 500),
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

/**
 * A forest: each waits for others of a smaller number; tasks that are `blocked` already may wait for any of them. Tasks
 * without parts where that is null.
 */
function tasksOf(
  shapes: readonly Shape[],
  prefix: string,
  recipe: string,
  blocked: readonly string[] | null,
): NewTask[] {
  return shapes.map(({ needs, order, unblocks, hedgeable }, index) => {
    const later = shapes.slice(index + 1).map((_, ahead) => `${prefix}${index + 1 + ahead}`);
    const successor = blocked && [...later, ...blocked][unblocks];
    return {
      taskId: `${prefix}${index}`,
      needs: capabilities.filter((_, bit) => needs & (1 << bit)),
      recipe,
      payload: "{}",
      order,
      hedgeable,
      ...(blocked && { part: `part:${index}` }),
      ...(successor && { unblocks: successor }),
    };
  });
}

/** What a completion adds to its job, as long as that is small. The same grant adds the same. */
function additionOf(world: Simulation, { taskId, jobId, epoch }: Grant, shapes: readonly Shape[]): NewTask[] {
  const tasks = world.store.tasksOfJob(jobId);
  const prefix = `${jobId}-${taskId.slice(jobId.length + 1)}x${epoch}-`;
  if (tasks.length + shapes.length > tasksAtMost || tasks.some((task) => task.taskId.startsWith(prefix))) return [];
  const blocked = tasks.filter(({ state }) => state === "blocked").map((task) => task.taskId);
  return tasksOf(shapes, prefix, tasks[0]?.recipe ?? "", blocked);
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
    "do" | "stranger" | "delay" | "code" | "add"
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
    const reply = world.run({ type: "release", taskId, epoch, runnerId, delayMs: step.delay });
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
  const has = capabilities.filter((_, bit) => capable & (1 << bit));
  return { type: "lease", runnerId, capabilities: has, slots, draining, version: "1" };
}

function tenantOf(job: number): string {
  return at(tenantIds, job % tenantIds.length);
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
}
