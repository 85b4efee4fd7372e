import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import { canMove, type JobState, terminalStates } from "../../jobs/state-machine.ts";
import { keysOfTask, runnerKey } from "../breaker-keys.ts";
import { leasesOn } from "../claims.ts";
import type { Command, Commands, CommandType, QueueSettings, Replies } from "../commands.ts";
import { execute } from "../execute.ts";
import { MemoryStore } from "../memory-store.ts";
import { type Claim, isJobEvent, type JobEventType, type QueueEvent, type TaskRecord } from "../records.ts";
import { SqlStore } from "../sql-store.ts";
import type { QueueStore } from "../store.ts";
import { NodeSqlDriver } from "./node-sql-driver.ts";
import { ReferenceQueue } from "./reference-queue.ts";
import { snapshot } from "./snapshot.ts";

/** Short times, so that a few steps reach every deadline. */
export const simulationSettings: QueueSettings = {
  leaseMs: 1_000,
  maxRetries: 1,
  retryBaseMs: 200,
  retryMaxMs: 300,
  queuedMs: 6_000,
  outageMs: 500,
  priorityPointMs: 40,
  retentionMs: 8_000,
  replayMs: 2_000,
  replayEvents: 6,
  breakers: { runnerFailures: 3, recipeFailures: 2, tenantFailures: 4, pauseMs: 400, pauseMaxMs: 1_500, runMs: 5_000 },
  hedging: { factor: 1.5, minMs: 30, perJob: 1, openTasksPerHedge: 3 },
  shard: { index: 0, count: 1 },
};

export const jobIds = ["j0", "j1", "j2", "j3", "j4", "j5"];
export const tenantIds = ["ten0", "ten1", "ten2"];

export interface Grant {
  readonly taskId: string;
  readonly jobId: string;
  readonly run: number;
  readonly epoch: number;
  readonly runnerId: string;
  /** As far as the runner knows. */
  expiresAt: number;
  over: boolean;
}

/**
 * One queue three times (in memory, in SQLite, and as the reference), given the same commands; with a ledger of what
 * the outside world was told, from which the invariants of DESIGN are checked after every step.
 */
export class Simulation {
  now = 1_000_000;
  readonly grants: Grant[] = [];
  /** The runs that were acknowledged as enqueued, as `<job> <run>`. */
  readonly enqueued = new Set<string>();
  /** By job: the latest run that anybody spoke of. */
  readonly lastRun = new Map<string, number>();
  readonly events: QueueEvent[] = [];
  hedges = 0;
  /** Leases with which a tenant had all it may have. */
  limited = 0;
  /** Leases of runners that hold back. */
  leftOvers = 0;
  readonly #memory = new MemoryStore();
  readonly #driver = new NodeSqlDriver(":memory:");
  #sql = new SqlStore(this.#driver);
  readonly #reference = new ReferenceQueue(simulationSettings);
  readonly #acceptedEpochs = new Map<string, number>();
  #steps = 0;

  get store(): QueueStore {
    return this.#memory;
  }

  run<T extends CommandType>(command: Commands[T] & { readonly type: T }): Replies[T] {
    const circumstances = { now: this.now, random: (this.#steps++ * 0.37) % 1, settings: simulationSettings };
    const reply = execute<T>(this.#memory, command, circumstances);
    expect(execute<T>(this.#sql, command, circumstances), "both stores answer the same").toEqual(reply);
    const expected = this.#reference.run(command, circumstances);
    if (command.type === "lease" && expected !== null)
      expect(reply, "as the reference leases").toMatchObject({ ...Object(expected) });
    else expect(reply, `as the reference answers to ${command.type}`).toEqual(expected);
    this.#collectEvents();
    return reply;
  }

  /** A command that must not be carried out, and leaves nothing behind. */
  refused<T extends CommandType>(command: Commands[T] & { readonly type: T }, why: string): void {
    const circumstances = { now: this.now, random: 0.5, settings: simulationSettings };
    for (const store of [this.#memory, this.#sql]) {
      const before = snapshot(store, jobIds, tenantIds);
      expect(() => execute<T>(store, command, circumstances)).toThrow(why);
      expect(snapshot(store, jobIds, tenantIds), "what was refused leaves nothing behind").toEqual(before);
    }
  }

  /** The object dies in the middle of a batch: everything it wrote is undone, and the next one starts from the rows. */
  crashDuring(commands: readonly Command[]): void {
    const circumstances = { now: this.now, random: 0.5, settings: simulationSettings };
    for (const store of [this.#memory, this.#sql]) {
      const before = snapshot(store, jobIds, tenantIds);
      const crash = () =>
        store.transaction(() => {
          for (const command of commands) execute(store, command, circumstances);
          throw new Error("power cut");
        });
      expect(crash).toThrow("power cut");
      expect(snapshot(store, jobIds, tenantIds), "a crash leaves nothing behind").toEqual(before);
    }
    this.#sql = new SqlStore(this.#driver);
  }

  /** Notes a grant, having checked that nobody else holds the task. */
  granted(task: TaskRecord): Grant {
    const run = this.store.job(task.jobId)?.run ?? 0;
    const { taskId, jobId, epoch, runnerId, leaseExpiresAt } = task;
    if (runnerId === null || leaseExpiresAt === null) throw new Error("a lease names its holder and its end");
    const others = this.grants.filter((grant) => grant.taskId === taskId);
    for (const other of others) expect(epoch, "epochs strictly increase").toBeGreaterThan(other.epoch);
    const live = others.filter((other) => !other.over && other.expiresAt > this.now);
    expect(live.length, "never two live leases on one task, but for a hedge").toBeLessThanOrEqual(task.rival ? 1 : 0);
    if (task.rival) this.#checkHedge(task, task.rival);
    this.hedges += task.rival ? 1 : 0;
    const grant: Grant = { taskId, jobId, run, epoch, runnerId, expiresAt: leaseExpiresAt, over: false };
    this.#checkPauses(task, runnerId);
    this.#checkShare(task.tenantId);
    this.grants.push(grant);
    return grant;
  }

  /** Only what may be made twice is, by two runners, once per attempt, and while nobody of them is paused. */
  #checkHedge({ taskId, jobId, tenantId, recipe, hedgeable, runnerId, epoch }: TaskRecord, first: Claim): void {
    expect([hedgeable, runnerId === first.runnerId], "two runners make what may be made twice").toEqual([true, false]);
    expect(epoch, "the hedge is the lease after the first").toBe(first.epoch + 1);
    const breakers = this.store.breakers([runnerKey(runnerId ?? ""), ...keysOfTask({ tenantId, recipe })]);
    expect(
      breakers.filter(({ state }) => state !== "closed"),
      "no hedge is a trial",
    ).toEqual([]);
    const { hedges = 0, openTasks = 0 } = this.store.job(jobId) ?? {};
    expect(hedges, `hedges of ${taskId}'s job`).toBeLessThanOrEqual(Math.max(1, Math.floor(openTasks / 3)));
  }

  /** Whoever is paused is given nothing; on trial, one lease at a time. */
  #checkPauses({ taskId, epoch, tenantId, recipe }: TaskRecord, runnerId: string): void {
    const keys = [runnerKey(runnerId), ...keysOfTask({ tenantId, recipe })];
    for (const { key, state, trial, retryAt } of this.store.breakers(keys).filter(({ state }) => state !== "closed")) {
      expect(state, `${key} is paused`).toBe("half_open");
      expect(retryAt, `the pause of ${key} is over`).toBeLessThanOrEqual(this.now);
      expect(trial, `the one trial of ${key}`).toEqual({ taskId, epoch });
    }
  }

  /** With this lease, and without what was taken from it since, the tenant has no more than it may have now. */
  #checkShare(tenantId: string): void {
    const { activeLeases = 0, share } = this.store.tenant(tenantId) ?? {};
    const most = share?.maxRunning ?? Number.POSITIVE_INFINITY;
    expect(activeLeases, `what ${tenantId} has at once`).toBeLessThanOrEqual(most);
    this.limited += activeLeases === most ? 1 : 0;
  }

  /** Notes an accepted completion. */
  completed(grant: Grant, runnerId: string): void {
    const key = `${grant.taskId} ${grant.run}`;
    expect(runnerId, "only the holder completes").toBe(grant.runnerId);
    expect(this.#acceptedEpochs.get(key) ?? grant.epoch, "one accepted completion per task and run").toBe(grant.epoch);
    const others = this.grants.filter(({ taskId, epoch }) => taskId === grant.taskId && epoch !== grant.epoch);
    if (!this.#acceptedEpochs.has(key)) {
      expect(grant.over, "it is of a live lease").toBe(false);
      const newer = others.filter(({ epoch }) => epoch > grant.epoch).length;
      expect(newer, "it is the current epoch's, or the one's that was hedged").toBeLessThanOrEqual(1);
    }
    this.#acceptedEpochs.set(key, grant.epoch);
    for (const each of [grant, ...others]) each.over = true;
  }

  /** Equal state everywhere, and what must hold after every step. */
  check(): void {
    const memory = snapshot(this.#memory, jobIds, tenantIds);
    const sql = snapshot(this.#sql, jobIds, tenantIds);
    if (!isDeepStrictEqual(memory, sql)) expect(sql, "both stores hold the same").toEqual(memory);
    for (const tenantId of tenantIds) {
      const leases = memory.tasks
        .flat()
        .filter((task) => task.tenantId === tenantId)
        .flatMap(leasesOn);
      expect(this.store.tenant(tenantId)?.activeLeases ?? 0, "active leases are counted exactly").toBe(leases.length);
      expect(this.#reference.activeLeases(tenantId), "as in the reference").toBe(leases.length);
    }
    const states = memory.tasks.flat().map((task) => {
      const { taskId, state, attempt, lastEpoch, rank, waits, result } = task;
      const held = leasesOn(task).map(({ epoch, runnerId }) => `${epoch}@${runnerId}`);
      return [taskId, `${state} ${attempt} ${lastEpoch} ${held.join("+")} ${rank} ${waits} ${result}`];
    });
    expect(Object.fromEntries(states), "tasks as in the reference").toEqual(this.#reference.taskStates());
    const breakers = memory.breakers.map(({ key, state, failures, openings, retryAt }) => {
      return [key, `${state} ${failures.map(({ jobId }) => jobId).join()} ${openings} ${retryAt}`];
    });
    expect(Object.fromEntries(breakers), "breakers as in the reference").toEqual(this.#reference.breakerStates());
    for (const jobId of jobIds) {
      const job = this.store.job(jobId);
      expect(job?.state, "jobs as in the reference").toBe(this.#reference.jobState(jobId));
      const tasks = this.store.tasksOfJob(jobId);
      const open = tasks.filter((task) => /ready|delayed|leased|blocked|lined/.test(task.state));
      expect(job?.openTasks ?? 0, "open tasks are counted exactly").toBe(open.length);
      const done = tasks.filter((task) => task.state === "done");
      expect(job?.doneTasks ?? 0, "done tasks are counted exactly").toBe(done.length);
      const twice = tasks.filter(({ state, rival }) => state === "leased" && rival !== null);
      expect(job?.hedges ?? 0, "hedges are counted exactly").toBe(twice.length);
      this.#checkGraph(open);
    }
  }

  /** Of the open tasks of a job: what waits, waits for something; and no line without a front. */
  #checkGraph(open: readonly TaskRecord[]): void {
    for (const { taskId, state, waits, leasedAt } of open) {
      const before = open.filter(({ unblocks }) => unblocks === taskId);
      expect(waits, `what ${taskId} waits for is counted exactly`).toBe(before.length);
      expect(state === "blocked", `${taskId} is blocked as long as it waits`).toBe(waits > 0);
      if (state === "blocked" || state === "lined") expect(leasedAt, `${taskId} was never leased`).toBeNull();
    }
    for (const alike of Map.groupBy(open, ({ needs }) => needs).values()) {
      const fronts = alike.filter(({ state, leasedAt }) => leasedAt === null && /ready|delayed/.test(state));
      expect(fronts.length, "one never-leased task stands in its lane").toBeLessThanOrEqual(1);
      const lined = alike.filter(({ state }) => state === "lined");
      if (lined.length > 0) expect(fronts.length, "a line has a front").toBe(1);
    }
  }

  /** The whole story of events: no gap, every job's in a legal order, and one end per run. */
  checkEvents(): void {
    const told = this.events.map(({ sequence, type, jobId, run, attempt, error, taskId, part, result, hedge }) => {
      return { sequence, type, jobId, run, attempt, code: error?.code ?? null, taskId, part, result, hedge };
    });
    expect(told, "events as in the reference").toEqual(this.#reference.events);
    const states = new Map<string, JobState>();
    for (const event of this.events) {
      const key = `${event.jobId} ${event.run}`;
      if (!isJobEvent(event)) {
        expect(states.get(key), "parts are completed while their job runs").toBe("running");
        continue;
      }
      const to = stateAfter(event.type);
      expect(canMove(states.get(key) ?? "queued", to) || to === states.get(key), `${event.type} of ${key}`).toBe(true);
      expect(states.get(key), "events of a run alternate").not.toBe(to);
      states.set(key, to);
    }
    const ended = [...states].filter(([, state]) => (terminalStates as readonly JobState[]).includes(state));
    const ends = this.events.filter((event) => /succeeded|failed|canceled/.test(event.type));
    expect(ends.length, "one terminal event per run").toBe(ended.length);
  }

  hasEnded(key: string): boolean {
    return this.events.some(({ type, jobId, run }) => `${jobId} ${run}` === key && /succ|fail|cancel/.test(type));
  }

  #collectEvents(): void {
    const last = this.events.at(-1)?.sequence ?? 0;
    for (const event of this.store.events(last, 1_000)) {
      expect(event.sequence, "no gap between events").toBe((this.events.at(-1)?.sequence ?? 0) + 1);
      this.events.push(event);
    }
  }
}

function stateAfter(type: JobEventType): JobState {
  if (type === "job.started") return "running";
  if (type === "job.requeued") return "queued";
  return type === "job.succeeded" ? "succeeded" : type === "job.failed" ? "failed" : "canceled";
}
