import type { Circumstances, Command, HeartbeatVerdict, NewTask, QueueSettings, Replies } from "../commands.ts";
import type { TenantShare } from "../records.ts";

/** A task as the reference keeps it: one changeable object, found by scanning. */
interface Task {
  id: string;
  job: Job;
  needs: readonly string[];
  recipe: string;
  part: string;
  order: number;
  unblocks: string | null;
  state: "ready" | "delayed" | "blocked" | "lined" | "leased" | "done" | "dead" | "canceled";
  /** Leased before, in this run. */
  tried: boolean;
  result: string | null;
  priority: number;
  rank: number;
  readyAt: number;
  /** Since when it could have been taken. */
  waitsSince: number;
  deadline: number;
  attempt: number;
  /** The newest given. */
  epoch: number;
  hedgeable: boolean;
  hedged: boolean;
  /** How the latest attempt failed in one of its leases, while the other went on. */
  halfFailed: string | null;
  leases: Lease[];
  /** Who completed it, or was cancelled, as `<epoch>@<runner>`. */
  last: string[];
}

interface Lease {
  epoch: number;
  runner: string;
  since: number;
  expires: number;
  renewed: boolean;
}

interface Job {
  id: string;
  tenant: string;
  run: number;
  state: "active" | "succeeded" | "failed" | "canceled";
  running: boolean;
  endedAt: number;
  lastEvent: number;
  /** What its hedgeable tasks took that were done last. */
  took: number[];
}

/** Failures of somebody, and whether they are paused for them: until when (null: not), and on trial after that. */
interface Breaker {
  failed: { job: string; runner: string }[];
  lastAt: number;
  opened: number;
  until: number | null;
  onTrial: boolean;
  trial: string;
}

/** A runner as it was last heard of, as often as its row is written. */
interface Runner {
  has: readonly string[];
  draining: boolean;
  told: string;
  seenAt: number;
}

export interface ReferenceEvent {
  readonly sequence: number;
  readonly type: string;
  readonly jobId: string;
  readonly run: number;
  readonly attempt: number;
  readonly code: string | null;
  readonly taskId: string | null;
  readonly part: string | null;
  readonly result: string | null;
  readonly hedge: string | null;
}

/**
 * The rules of the queue once more, written as plainly as can be and sharing no code with the machine: every answer
 * scans everything. What the property tests compare the machine with.
 */
export class ReferenceQueue {
  readonly events: ReferenceEvent[] = [];
  #tasks: Task[] = [];
  #jobs: Job[] = [];
  readonly #turns = new Map<string, number>();
  readonly #shares = new Map<string, TenantShare>();
  readonly #breakers = new Map<string, Breaker>();
  readonly #runners = new Map<string, Runner>();
  #turn = 0;
  #acknowledged = 0;
  #now = 0;
  #random = 0;
  readonly #settings: QueueSettings;

  constructor(settings: QueueSettings) {
    this.#settings = settings;
  }

  run(command: Command, { now, random }: Circumstances): Replies[keyof Replies] {
    this.#now = now;
    this.#random = random;
    switch (command.type) {
      case "enqueue":
        return this.#enqueue(command);
      case "cancel":
        return this.#cancel(command);
      case "lease":
        return this.#lease(command);
      case "heartbeat":
        this.#see(command);
        return command.leases.map(({ taskId, epoch }) => this.#beat(taskId, epoch, command.runnerId));
      case "complete":
        return this.#complete(command);
      case "fail": {
        const held = this.#held(command);
        if (!held) return "lease_lost";
        return this.#endAttempt(held.task, held.lease, command.error.code, command.retryable, this.#random);
      }
      case "release":
        return this.#release(command);
      case "tick":
        return this.#tick();
      case "acknowledge":
        this.#acknowledged = Math.max(this.#acknowledged, Math.min(command.upToSequence, this.events.length));
        return null;
      case "resetBreaker":
        return this.#breakers.delete(command.key);
      case "limitTenant":
        return this.#heedShare(command.tenantId, command.share);
    }
  }

  /** By key: state, failed jobs, openings and the end of the pause. */
  breakerStates(): Record<string, string> {
    const stateOf = ({ until, onTrial }: Breaker) => (until === null ? "closed" : onTrial ? "half_open" : "open");
    return Object.fromEntries(
      [...this.#breakers].map(([key, breaker]) => [
        key,
        `${stateOf(breaker)} ${breaker.failed.map(({ job }) => job).join()} ${breaker.opened} ${breaker.until}`,
      ]),
    );
  }

  activeLeases(tenant: string): number {
    return this.#tasks.filter((task) => task.job.tenant === tenant).flatMap((task) => task.leases).length;
  }

  jobState(id: string): string | undefined {
    return this.#jobs.find((job) => job.id === id)?.state;
  }

  taskStates(): Record<string, string> {
    return Object.fromEntries(
      this.#tasks.map((task) => {
        const { id, state, attempt, epoch, leases, rank, result } = task;
        const held = leases.map((lease) => `${lease.epoch}@${lease.runner}`).join("+");
        const waits = state === "blocked" ? this.#waitedFor(task).length : 0;
        return [id, `${state} ${attempt} ${epoch} ${held} ${rank} ${waits} ${result}`];
      }),
    );
  }

  #enqueue(command: Extract<Command, { type: "enqueue" }>): Replies["enqueue"] {
    if (command.share) this.#heedShare(command.tenantId, command.share);
    const known = this.#jobs.find((job) => job.id === command.jobId);
    if (known && known.run > command.run) return "stale";
    if (known && known.run === command.run) return known.state === "canceled" ? "canceled" : "duplicate";
    const old = this.#replace(known);
    const job = this.#newJob(command.jobId, command.tenantId, command.run);
    this.#make(job, command.tasks, command.priority, Math.max(this.#now, command.startAt ?? this.#now), old);
    this.#advance(job);
    return "enqueued";
  }

  #heedShare(tenant: string, share: TenantShare): boolean {
    if (share.setAt <= (this.#shares.get(tenant)?.setAt ?? 0)) return false;
    this.#shares.set(tenant, share);
    return true;
  }

  #mayHaveMore(tenant: string): boolean {
    return this.activeLeases(tenant) < (this.#shares.get(tenant)?.maxRunning ?? Number.POSITIVE_INFINITY);
  }

  #make(job: Job, tasks: readonly NewTask[], priority: number, readyAt: number, old: readonly Task[]): void {
    const begun = this.#tasks.find((task) => task.job === job)?.waitsSince ?? readyAt;
    for (const task of tasks)
      this.#tasks.push({
        id: task.taskId,
        job,
        needs: task.needs,
        recipe: task.recipe ?? "",
        part: task.part ?? "",
        order: task.order ?? 0,
        unblocks: task.unblocks ?? null,
        state: "lined",
        tried: false,
        result: null,
        priority,
        rank: readyAt - priority * this.#settings.priorityPointMs,
        readyAt,
        waitsSince: begun,
        deadline: readyAt + this.#settings.queuedMs,
        attempt: 0,
        epoch: old.find((other) => other.id === task.taskId)?.epoch ?? (job.run - 1) * 1_000_000,
        hedgeable: task.hedgeable ?? false,
        hedged: false,
        halfFailed: null,
        leases: [],
        last: [],
      });
    for (const task of this.#tasks)
      if (task.state === "lined" && this.#waitedFor(task).length > 0) task.state = "blocked";
  }

  #waitedFor(task: Task): Task[] {
    return this.#tasks.filter(
      ({ job, unblocks, state }) =>
        job === task.job && unblocks === task.id && !["done", "dead", "canceled"].includes(state),
    );
  }

  /** Lets in what has nothing left to wait for, and one task of each kind that was never leased. */
  #advance(job: Job, leased?: Task): void {
    const tasks = this.#tasks.filter((task) => task.job === job);
    const unblocked = tasks.filter((task) => task.state === "blocked" && this.#waitedFor(task).length === 0);
    for (const task of unblocked)
      Object.assign(task, {
        state: "lined",
        readyAt: this.#now,
        deadline: this.#now + this.#settings.queuedMs,
      });
    const lined = tasks
      .filter((task) => task.state === "lined")
      .sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
    for (const task of lined) {
      const alike = tasks.filter((other) => sameNeeds(other, task) && !other.tried);
      if (alike.some(({ state }) => state === "ready" || state === "delayed")) continue;
      if (leased) {
        Object.assign(task, { readyAt: this.#now, deadline: this.#now + this.#settings.queuedMs });
        task.rank = 1 + Math.max(this.#now - task.priority * this.#settings.priorityPointMs, leased.rank);
      }
      task.state = task.readyAt > this.#now ? "delayed" : "ready";
    }
  }

  #cancel(command: Extract<Command, { type: "cancel" }>): Replies["cancel"] {
    const known = this.#jobs.find((job) => job.id === command.jobId);
    if (known && known.run > command.run) return { outcome: "ended", stopped: [] };
    if (known && known.run === command.run) {
      if (known.state !== "active") return { outcome: known.state === "canceled" ? "canceled" : "ended", stopped: [] };
      return { outcome: "canceled", stopped: this.#cancelJob(known) };
    }
    this.#replace(known);
    this.#endJob(this.#newJob(command.jobId, command.tenantId, command.run), "canceled", 0, null);
    return { outcome: "canceled", stopped: [] };
  }

  #lease(command: Extract<Command, { type: "lease" }>): Replies["lease"] {
    this.#see(command);
    const held = this.#tasks.flatMap(({ leases }) => leases).filter(({ runner }) => runner === command.runnerId);
    if (command.draining || held.length - Math.min(command.delivering ?? 0, command.slots) >= command.slots)
      return null;
    const able = amountsOf(command.capabilities);
    for (const [what, amount] of amountsOf(command.taken ?? []))
      able.set(what, Math.min(able.get(what) ?? 0, amount - 1));
    if (this.#isPaused(`runner:${command.runnerId}`)) return null;
    const fitting = this.#tasks.filter(
      (task) =>
        task.state === "ready" &&
        isEnough(able, task.needs) &&
        this.#mayHaveMore(task.job.tenant) &&
        !this.#isPaused(`tenant:${task.job.tenant}`) &&
        !this.#isPaused(`preset:${task.recipe}:${task.job.tenant}`) &&
        this.#firstBefore(task).waitsSince + (command.holdBackMs ?? 0) <= this.#now,
    );
    const [next] = fitting.sort(
      (a, b) =>
        this.activeLeases(a.job.tenant) - this.activeLeases(b.job.tenant) ||
        (this.#turns.get(a.job.tenant) ?? 0) - (this.#turns.get(b.job.tenant) ?? 0) ||
        a.job.tenant.localeCompare(b.job.tenant) ||
        a.rank - b.rank ||
        a.id.localeCompare(b.id),
    );
    if (!next) return command.hedging && !command.holdBackMs ? this.#hedge(command.runnerId, able) : null;
    this.#turns.set(next.job.tenant, ++this.#turn);
    next.attempt += 1;
    const first = !next.tried;
    Object.assign(next, { state: "leased", tried: true, hedged: false, halfFailed: null });
    const reply = this.#give(next, command.runnerId);
    for (const key of this.#partiesTo(next, command.runnerId)) {
      const breaker = this.#breakers.get(key);
      if (breaker?.onTrial) breaker.trial = `${next.id} ${next.epoch}`;
    }
    if (!next.job.running) {
      next.job.running = true;
      this.#event(next.job, "job.started", next.attempt, null);
    }
    if (first) this.#advance(next.job, next);
    return reply;
  }

  /** The first of its lane. */
  #firstBefore(task: Task): Task {
    const [first = task] = this.#tasks
      .filter(({ state }) => state === "ready")
      .filter((other) => other.job.tenant === task.job.tenant && other.recipe === task.recipe && sameNeeds(other, task))
      .sort((a, b) => a.rank - b.rank || a.id.localeCompare(b.id));
    return first;
  }

  /** Only these fields of the reply are compared. */
  #give(task: Task, runner: string): Replies["lease"] {
    task.epoch += 1;
    const expires = this.#now + this.#settings.leaseMs;
    task.leases.push({ epoch: task.epoch, runner, since: this.#now, expires, renewed: false });
    const { id: taskId, attempt, epoch } = task;
    return Object.assign(Object.create(null), { taskId, attempt, epoch, runnerId: runner, leaseExpiresAt: expires });
  }

  #hedge(runnerId: string, able: Amounts): Replies["lease"] {
    const slow = this.#tasks.flatMap((task) => {
      const [lease] = task.leases;
      const slowAt = this.#slowAt(task.job);
      if (!lease || slowAt === null || !task.hedgeable || task.hedged || lease.runner === runnerId) return [];
      if (!this.#mayHaveMore(task.job.tenant)) return [];
      if (lease.since + slowAt > this.#now || !isEnough(able, task.needs)) return [];
      const parties = this.#partiesTo(task, runnerId).map((key) => this.#breakers.get(key)?.until ?? null);
      return parties.every((until) => until === null)
        ? [{ task, since: lease.since, jobAt: this.#hedgeAt(task.job) }]
        : [];
    });
    const [first] = slow.sort(
      (a, b) =>
        a.jobAt - b.jobAt ||
        a.task.job.id.localeCompare(b.task.job.id) ||
        a.since - b.since ||
        a.task.id.localeCompare(b.task.id),
    );
    if (!first) return null;
    first.task.hedged = true;
    this.#turns.set(first.task.job.tenant, ++this.#turn);
    return this.#give(first.task, runnerId);
  }

  /** How long a task of the job may take; null where that is unknown, or it has hedges enough. */
  #slowAt(job: Job): number | null {
    const { factor, minMs, perJob, openTasksPerHedge } = this.#settings.hedging;
    const tasks = this.#tasks.filter((task) => task.job === job);
    const open = tasks.filter(({ state }) => /ready|delayed|blocked|lined|leased/.test(state)).length;
    const hedges = tasks.filter(({ leases }) => leases.length === 2).length;
    if (job.took.length === 0 || hedges >= Math.max(perJob, Math.floor(open / openTasksPerHedge))) return null;
    const took = [...job.took].sort((a, b) => a - b);
    const middle = [took[(took.length - 1) >> 1] ?? 0, took[took.length >> 1] ?? 0];
    return Math.max(minMs, Math.round((factor * ((middle[0] ?? 0) + (middle[1] ?? 0))) / 2));
  }

  #hedgeAt(job: Job): number {
    const unhedged = this.#tasks.filter((task) => task.job === job && task.hedgeable && !task.hedged);
    return Math.min(...unhedged.flatMap(({ leases }) => leases.map(({ since }) => since))) + (this.#slowAt(job) ?? 0);
  }

  #beat(taskId: string, epoch: number, runner: string): HeartbeatVerdict {
    const task = this.#tasks.find((other) => other.id === taskId);
    const lease = task?.leases.find((other) => other.epoch === epoch && other.runner === runner);
    if (!lease) {
      const ended = task?.last.includes(`${epoch}@${runner}`) ? task.state : "lost";
      const verdict = ended === "done" ? "keep" : ended === "canceled" ? "cancel" : "lost";
      return { taskId, epoch, verdict, expiresAt: null, extended: false };
    }
    const extended = lease.expires <= this.#now + this.#settings.leaseMs / 2;
    if (extended) Object.assign(lease, { expires: this.#now + this.#settings.leaseMs, renewed: false });
    return { taskId, epoch, verdict: "keep", expiresAt: lease.expires, extended };
  }

  #complete(command: Extract<Command, { type: "complete" }>): Replies["complete"] {
    const held = this.#held(command);
    const own = `${command.epoch}@${command.runnerId}`;
    if (!held) {
      const done = this.#tasks.find((other) => other.id === command.taskId && other.state === "done");
      return { outcome: done?.last.includes(own) ? "completed" : "lease_lost", stopped: [] };
    }
    const { task, lease } = held;
    for (const key of this.#partiesTo(task, lease.runner)) this.#breakers.delete(key);
    const stopped = task.leases
      .filter((other) => other !== lease)
      .map(({ runner: runnerId, epoch }) => ({ runnerId, taskId: task.id, epoch }));
    Object.assign(task, { leases: [], last: [own] });
    if (task.hedgeable) task.job.took = [...task.job.took, this.#now - lease.since].slice(-15);
    const hedge = task.hedged ? (lease.epoch === task.epoch ? "won" : "lost") : null;
    const { add = [], result } = command;
    this.#make(task.job, add, task.priority, this.#now, []);
    // What is added takes its place before what is let go.
    this.#advance(task.job);
    task.state = "done";
    if (task.part !== "") task.result = result;
    this.#advance(task.job);
    if (this.#tasks.every((other) => other.job !== task.job || other.state === "done"))
      this.#endJob(task.job, "succeeded", task.attempt, null, result);
    else if (task.part !== "")
      this.#event(task.job, "task.completed", task.attempt, null, { taskId: task.id, part: task.part, result, hedge });
    return { outcome: "completed", stopped };
  }

  #release(command: Extract<Command, { type: "release" }>): Replies["release"] {
    const held = this.#held(command);
    if (!held) return "lease_lost";
    const { task, lease } = held;
    task.needs = [...amountsOf([...task.needs, ...(command.needs ?? [])])]
      .map(([what, amount]) => (amount > 1 ? `${what}.x${amount}` : what))
      .sort();
    task.leases = task.leases.filter((other) => other !== lease);
    if (task.leases.length > 0) return "released";
    if (task.halfFailed !== null) {
      this.#tryAgain(task, task.halfFailed, true, this.#random);
      return "released";
    }
    task.state = command.delayMs > 0 ? "delayed" : "ready";
    task.readyAt = this.#now + command.delayMs;
    task.attempt -= 1;
    this.#requeue(task, null);
    return "released";
  }

  #tick(): Replies["tick"] {
    const now = this.#now;
    const leased = this.#due("leased", (task) => Math.min(...task.leases.map(({ expires }) => expires)));
    const delayed = this.#due("delayed", (task) => task.readyAt);
    const overdue = this.#due("ready", (task) => task.deadline);
    for (const [index, task] of leased.entries()) {
      for (const lease of task.leases.filter(({ expires }) => expires <= now)) {
        if (now > lease.expires + this.#settings.outageMs && !lease.renewed)
          Object.assign(lease, { expires: now + this.#settings.leaseMs, renewed: true });
        else this.#endAttempt(task, lease, "runner_lost", true, (this.#random + index * 0.618_033_988_75) % 1);
      }
    }
    for (const task of delayed) {
      if (task.state === "delayed" && task.deadline <= now) this.#die(task, "queue_timeout");
      else if (task.state === "delayed") task.state = "ready";
    }
    for (const task of overdue) if (task.state === "ready") this.#die(task, "queue_timeout");
    for (const breaker of this.#breakers.values())
      if (breaker.until !== null && breaker.until <= now) breaker.onTrial = true;
    for (const [key, { lastAt }] of [...this.#breakers])
      if (lastAt <= now - this.#settings.retentionMs) this.#breakers.delete(key);
    this.#jobs = this.#jobs.filter(
      (job) =>
        job.state === "active" || job.endedAt > now - this.#settings.retentionMs || job.lastEvent > this.#acknowledged,
    );
    this.#tasks = this.#tasks.filter((task) => this.#jobs.includes(task.job));
    return { more: false };
  }

  #due(state: Task["state"], time: (task: Task) => number): Task[] {
    return this.#tasks
      .filter((task) => task.state === state && time(task) <= this.#now)
      .sort((a, b) => time(a) - time(b) || a.id.localeCompare(b.id));
  }

  #held(claim: { taskId: string; epoch: number; runnerId: string }): { task: Task; lease: Lease } | undefined {
    const task = this.#tasks.find(({ id }) => id === claim.taskId);
    const lease = task?.leases.find(({ epoch, runner }) => epoch === claim.epoch && runner === claim.runnerId);
    return task && lease && { task, lease };
  }

  #partiesTo(task: Task, runner: string): string[] {
    const { tenant } = task.job;
    return [`tenant:${tenant}`, `preset:${task.recipe}:${tenant}`, `runner:${runner}`];
  }

  #isPaused(key: string): boolean {
    const breaker = this.#breakers.get(key);
    if (!breaker || breaker.until === null) return false;
    const trialRuns = this.#tasks.some(({ id, leases }) =>
      leases.some(({ epoch }) => `${id} ${epoch}` === breaker.trial),
    );
    return !breaker.onTrial || trialRuns;
  }

  #see(command: Extract<Command, { type: "lease" | "heartbeat" }>): void {
    const { runnerId, capabilities, slots, draining, version, holdBackMs = 0 } = command;
    const told = JSON.stringify([capabilities, slots, draining, version, holdBackMs]);
    const known = this.#runners.get(runnerId);
    if (known?.told === told && this.#now < known.seenAt + this.#settings.leaseMs / 2) return;
    this.#runners.set(runnerId, { has: capabilities, draining, told, seenAt: this.#now });
  }

  /** The codes that the simulation uses: whom each speaks against besides the tenant. */
  #blame(task: Task, lease: Lease, code: string): void {
    const { runnerFailures, recipeFailures, tenantFailures } = this.#settings.breakers;
    const [tenant = "", preset = "", runner = ""] = this.#partiesTo(task, lease.runner);
    const otherCouldTry = () =>
      [...this.#runners].some(
        ([id, { has, draining, seenAt }]) =>
          id !== lease.runner &&
          !draining &&
          seenAt >= this.#now - 2 * this.#settings.leaseMs &&
          isEnough(amountsOf(has), task.needs),
      );
    const explained = [
      this.#count(tenant, task, lease, tenantFailures, () => true),
      code === "encode_failed" &&
        task.recipe !== "" &&
        this.#count(preset, task, lease, recipeFailures, (failed) => {
          return failed.some((failure) => failure.runner !== lease.runner) || !otherCouldTry();
        }),
    ].includes(true);
    if (["encode_failed", "runner_error", "runner_lost"].includes(code) && !explained)
      this.#count(runner, task, lease, runnerFailures, () => true);
  }

  /** Whether they are paused for it, now or before. */
  #count(
    key: string,
    task: Task,
    lease: Lease,
    most: number,
    mayOpen: (failed: Breaker["failed"]) => boolean,
  ): boolean {
    const { pauseMs, pauseMaxMs, runMs } = this.#settings.breakers;
    const fresh: Breaker = { failed: [], lastAt: this.#now, opened: 0, until: null, onTrial: false, trial: "" };
    const breaker = this.#breakers.get(key) ?? fresh;
    const counts = breaker.until === null || (breaker.onTrial && breaker.trial === `${task.id} ${lease.epoch}`);
    if (!counts) return true;
    if (this.#now > breaker.lastAt + runMs) breaker.failed = [];
    breaker.failed = breaker.failed.filter(({ job }) => job !== task.job.id);
    breaker.failed.push({ job: task.job.id, runner: lease.runner });
    while (breaker.failed.length > most) breaker.failed.shift();
    breaker.lastAt = this.#now;
    this.#breakers.set(key, breaker);
    if (breaker.until === null && (breaker.failed.length < most || !mayOpen(breaker.failed))) return false;
    breaker.until = this.#now + Math.min(pauseMaxMs, pauseMs * 2 ** breaker.opened);
    breaker.opened += 1;
    breaker.onTrial = false;
    return true;
  }

  #endAttempt(task: Task, lease: Lease, code: string, retryable: boolean, random: number): "retrying" | "dead" {
    this.#blame(task, lease, code);
    task.leases = task.leases.filter((other) => other !== lease);
    if (task.leases.length === 0) return this.#tryAgain(task, code, retryable, random);
    task.halfFailed = code;
    return "retrying";
  }

  #tryAgain(task: Task, code: string, retryable: boolean, random: number): "retrying" | "dead" {
    if (!retryable || task.attempt === this.#settings.maxRetries + 1) {
      this.#die(task, code);
      return "dead";
    }
    const full = Math.min(this.#settings.retryMaxMs, this.#settings.retryBaseMs * 2 ** (task.attempt - 1));
    task.readyAt = this.#now + Math.round(full * (0.5 + random / 2));
    task.rank = task.readyAt - task.priority * this.#settings.priorityPointMs;
    task.deadline = task.readyAt + this.#settings.queuedMs;
    task.state = "delayed";
    this.#requeue(task, code);
    return "retrying";
  }

  #requeue(task: Task, code: string | null): void {
    const goesOn = this.#tasks.some(
      (other) => other.job === task.job && other !== task && ["leased", "ready", "done"].includes(other.state),
    );
    if (goesOn || !task.job.running) return;
    task.job.running = false;
    this.#event(task.job, "job.requeued", task.attempt, code);
  }

  #die(task: Task, code: string): void {
    task.state = "dead";
    this.#cancelTasks(task.job);
    this.#endJob(task.job, "failed", task.attempt, code);
  }

  #cancelJob(job: Job): Replies["cancel"]["stopped"] {
    const attempts = this.#tasks.filter((task) => task.job === job).map((task) => task.attempt);
    const stopped = this.#cancelTasks(job);
    this.#endJob(job, "canceled", Math.max(...attempts), null);
    return stopped;
  }

  #cancelTasks(job: Job): Replies["cancel"]["stopped"] {
    const open = this.#tasks
      .filter((task) => task.job === job && /ready|delayed|blocked|lined|leased/.test(task.state))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const stopped = open.flatMap(({ id: taskId, leases }) =>
      leases.map(({ runner: runnerId, epoch }) => ({ runnerId, taskId, epoch })),
    );
    for (const task of open) {
      const last = task.leases.map(({ epoch, runner }) => `${epoch}@${runner}`);
      Object.assign(task, { state: "canceled", last, leases: [] });
    }
    return stopped;
  }

  #endJob(job: Job, state: Job["state"], attempt: number, code: string | null, result: string | null = null): void {
    Object.assign(job, { state, running: false, endedAt: this.#now });
    this.#event(job, `job.${state}`, attempt, code, { result });
  }

  #event(
    { id: jobId, run }: Job,
    type: string,
    attempt: number,
    code: string | null,
    more: Partial<ReferenceEvent> = {},
  ): void {
    const sequence = this.events.length + 1;
    this.events.push({
      sequence,
      type,
      jobId,
      run,
      attempt,
      code,
      taskId: null,
      part: null,
      result: null,
      hedge: null,
      ...more,
    });
    const job = this.#jobs.find((other) => other.id === jobId);
    if (job) job.lastEvent = this.events.length;
  }

  #newJob(id: string, tenant: string, run: number): Job {
    const job: Job = { id, tenant, run, state: "active", running: false, endedAt: 0, lastEvent: 0, took: [] };
    this.#jobs.push(job);
    return job;
  }

  /** Takes out a run that a later one replaces, and answers its tasks. */
  #replace(job: Job | undefined): Task[] {
    if (!job) return [];
    if (job.state === "active") this.#cancelJob(job);
    const tasks = this.#tasks.filter((task) => task.job === job);
    this.#tasks = this.#tasks.filter((task) => task.job !== job);
    this.#jobs = this.#jobs.filter((other) => other !== job);
    return tasks;
  }
}

function sameNeeds(a: Task, b: Task): boolean {
  return [...a.needs].sort().join() === [...b.needs].sort().join();
}

type Amounts = Map<string, number>;

/** `hardware:h265.x3` is three of `hardware:h265`, every other word one of itself. */
function amountsOf(words: readonly string[]): Amounts {
  const amounts: Amounts = new Map();
  for (const word of words) {
    const [what = "", amount = "1"] = word.split(".x");
    amounts.set(what, Math.max(amounts.get(what) ?? 0, Number(amount)));
  }
  return amounts;
}

function isEnough(able: Amounts, needs: readonly string[]): boolean {
  return [...amountsOf(needs)].every(([what, amount]) => (able.get(what) ?? 0) >= amount);
}
