import { leasesOn } from "./claims.ts";
import { laneKey } from "./lanes.ts";
import type { BreakerRecord, JobRecord, QueueEvent, RunnerRecord, TaskRecord, TenantRecord } from "./records.ts";
import type { SqlDriver, SqlRow, SqlValue } from "./sql-driver.ts";
import { breakerOf, eventOf, integer, integerOrNull, jobOf, runnerOf, taskOf, tenantOf, text } from "./sql-rows.ts";
import { migrate } from "./sql-schema.ts";
import { statementOf } from "./sql-writes.ts";
import type { Lane, QueueCounts, QueueStore, ReadyLane, Write } from "./store.ts";

const unacknowledged = "SELECT count(*) AS value FROM events WHERE sequence > (SELECT sequence FROM acknowledged)";

/** From one lane to the next by one index lookup, however many tasks each holds. */
const readyLanes = `
  WITH RECURSIVE heads (id) AS (
    SELECT * FROM (SELECT rowid FROM tasks WHERE state = 'ready' ORDER BY lane LIMIT 1)
    UNION ALL
    SELECT (SELECT rowid FROM tasks WHERE state = 'ready' AND lane > head.lane ORDER BY lane LIMIT 1)
    FROM heads JOIN tasks AS head ON head.rowid = heads.id
  )
  SELECT head.needs, head.tenant_id, head.recipe, coalesce(tenants.active_leases, 0) AS active_leases,
    coalesce(tenants.last_lease_order, 0) AS last_lease_order, tenants.max_running
  FROM heads JOIN tasks AS head ON head.rowid = heads.id LEFT JOIN tenants ON tenants.tenant_id = head.tenant_id`;

/** Where a lane's tasks stand in the index tasks_ready. */
const inLane = "state = 'ready' AND lane = ?";
/** In the words of the partial index. */
const paused = "SELECT * FROM breakers WHERE state <> 'closed'";

/** Walks the tasks of the job: asked only where none is lined, which would tell at once that there is one. */
const frontOf = `
  SELECT * FROM tasks WHERE job_id = ? AND needs = ? AND leased_at IS NULL AND state IN ('ready', 'delayed')
  ORDER BY task_id LIMIT 1`;
const firstLined =
  "SELECT * FROM tasks WHERE state = 'lined' AND job_id = ? AND needs = ? ORDER BY place, task_id LIMIT 1";

/** First leases, then second ones, each in the order of its index. */
const leasesOf = `
  SELECT * FROM tasks WHERE state = 'leased' AND runner_id = ?1
  UNION ALL SELECT * FROM tasks WHERE state = 'leased' AND rival_runner_id = ?1
  ORDER BY task_id`;
const leaseCounts = `
  SELECT runner_id, COUNT(*) AS count FROM (
    SELECT runner_id FROM tasks WHERE state = 'leased'
    UNION ALL SELECT rival_runner_id FROM tasks WHERE state = 'leased' AND rival_runner_id IS NOT NULL
  ) GROUP BY runner_id`;
const unhedged = `
  SELECT * FROM tasks WHERE state = 'leased' AND hedgeable = 1 AND hedged = 0 AND job_id = ? AND leased_at <= ?
  ORDER BY leased_at, task_id LIMIT ?`;

const dueTasks = (state: "delayed" | "leased" | "ready") =>
  `SELECT * FROM tasks WHERE state = '${state}' AND due_at <= ? ORDER BY due_at, task_id LIMIT ?`;

/** The queue's rows in a SQLite database. It holds no state of its own: a new one over the same database goes on. */
export class SqlStore implements QueueStore {
  readonly #driver: SqlDriver;

  /** Creates or migrates the tables. */
  constructor(driver: SqlDriver) {
    this.#driver = driver;
    migrate(driver);
  }

  job(jobId: string): JobRecord | undefined {
    return this.#first(jobOf, "SELECT * FROM jobs WHERE job_id = ?", jobId);
  }

  task(taskId: string): TaskRecord | undefined {
    return this.#first(taskOf, "SELECT * FROM tasks WHERE task_id = ?", taskId);
  }

  tasksOfJob(jobId: string, limit = -1): TaskRecord[] {
    return this.#all(taskOf, "SELECT * FROM tasks WHERE job_id = ? ORDER BY task_id LIMIT ?", jobId, limit);
  }

  dueTasksOf(jobId: string): TaskRecord[] {
    return this.#all(taskOf, "SELECT * FROM tasks WHERE job_id = ? AND due_at IS NOT NULL ORDER BY task_id", jobId);
  }

  frontOf(jobId: string, needs: string): TaskRecord | undefined {
    return this.#first(taskOf, frontOf, jobId, needs);
  }

  firstLined(jobId: string, needs: string): TaskRecord | undefined {
    return this.#first(taskOf, firstLined, jobId, needs);
  }

  tenant(tenantId: string): TenantRecord | undefined {
    return this.#first(tenantOf, "SELECT * FROM tenants WHERE tenant_id = ?", tenantId);
  }

  limitedTenants(): TenantRecord[] {
    return this.#all(
      tenantOf,
      "SELECT * FROM tenants WHERE max_running IS NOT NULL AND active_leases > 0 ORDER BY tenant_id",
    );
  }

  runner(runnerId: string): RunnerRecord | undefined {
    return this.#first(runnerOf, "SELECT * FROM runners WHERE runner_id = ?", runnerId);
  }

  runners(): RunnerRecord[] {
    return this.#all(runnerOf, "SELECT * FROM runners ORDER BY runner_id");
  }

  readyLanes(): ReadyLane[] {
    return this.#all(
      (row) => ({
        needs: text(row, "needs"),
        tenantId: text(row, "tenant_id"),
        recipe: text(row, "recipe"),
        activeLeases: integer(row, "active_leases"),
        lastLeaseOrder: integer(row, "last_lease_order"),
        maxRunning: integerOrNull(row, "max_running"),
      }),
      readyLanes,
    );
  }

  firstReady(lane: Lane): TaskRecord | undefined {
    const statement = `SELECT * FROM tasks WHERE ${inLane} ORDER BY rank, task_id LIMIT 1`;
    return this.#first(taskOf, statement, laneKey(lane));
  }

  readyBefore(lane: Lane, { rank, taskId }: Pick<TaskRecord, "rank" | "taskId">, limit: number): number {
    const before = `SELECT 1 FROM tasks WHERE ${inLane} AND (rank, task_id) < (?, ?) LIMIT ?`;
    return this.#number(`SELECT count(*) AS value FROM (${before})`, laneKey(lane), rank, taskId, limit) ?? 0;
  }

  delayedDue(now: number, limit: number): TaskRecord[] {
    return this.#all(taskOf, dueTasks("delayed"), now, limit);
  }

  leasesExpired(now: number, limit: number): TaskRecord[] {
    return this.#all(taskOf, dueTasks("leased"), now, limit);
  }

  queueDeadlinesPassed(now: number, limit: number): TaskRecord[] {
    return this.#all(taskOf, dueTasks("ready"), now, limit);
  }

  leasesOf(runnerId: string): TaskRecord[] {
    const tasks = this.#all(taskOf, leasesOf, runnerId);
    return tasks.flatMap((task) => leasesOn(task).filter((held) => held.runnerId === runnerId));
  }

  leaseCounts(): ReadonlyMap<string, number> {
    return new Map(this.#driver.exec(leaseCounts).map((row) => [String(row.runner_id), Number(row.count)]));
  }

  jobsToHedge(now: number, limit: number): JobRecord[] {
    return this.#all(jobOf, "SELECT * FROM jobs WHERE hedge_at <= ? ORDER BY hedge_at, job_id LIMIT ?", now, limit);
  }

  unhedged(jobId: string, leasedUpTo: number, limit: number): TaskRecord[] {
    return this.#all(taskOf, unhedged, jobId, leasedUpTo, limit);
  }

  jobsEnded(upTo: number, limit: number): JobRecord[] {
    return this.#all(jobOf, "SELECT * FROM jobs WHERE ended_at <= ? ORDER BY ended_at, job_id LIMIT ?", upTo, limit);
  }

  latestEnded(limit: number): JobRecord[] {
    return this.#all(
      jobOf,
      "SELECT * FROM jobs WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, job_id DESC LIMIT ?",
      limit,
    );
  }

  /** Scans the runners, who are few: an index would be written with every sign of life. */
  runnersUnseenSince(time: number, limit: number): RunnerRecord[] {
    return this.#all(runnerOf, "SELECT * FROM runners WHERE last_seen_at <= ? ORDER BY runner_id LIMIT ?", time, limit);
  }

  events(afterSequence: number, limit: number): QueueEvent[] {
    return this.#all(
      eventOf,
      "SELECT * FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?",
      afterSequence,
      limit,
    );
  }

  lastSequence(): number {
    return this.#number("SELECT max(sequence) AS value FROM events") ?? this.acknowledgedSequence();
  }

  acknowledgedSequence(): number {
    return this.#number("SELECT sequence AS value FROM acknowledged") ?? 0;
  }

  /** Scans the tenants: below a thousand of them that costs less than an index entry written with every lease. */
  lastLeaseOrder(): number {
    return this.#number("SELECT max(last_lease_order) AS value FROM tenants") ?? 0;
  }

  breakers(keys: readonly string[]): BreakerRecord[] {
    const places = keys.map(() => "?").join(", ");
    return this.#all(breakerOf, `SELECT * FROM breakers WHERE key IN (${places}) ORDER BY key`, ...keys);
  }

  pausedBreakers(): BreakerRecord[] {
    return this.#all(breakerOf, `${paused} ORDER BY key`);
  }

  breakersDue(now: number, limit: number): BreakerRecord[] {
    return this.#all(breakerOf, `${paused} AND state = 'open' AND retry_at <= ? ORDER BY key LIMIT ?`, now, limit);
  }

  /** Scans the breakers: there are only those of who has failed lately. */
  breakersQuietSince(time: number, limit: number): BreakerRecord[] {
    const statement = "SELECT * FROM breakers WHERE last_failure_at <= ? ORDER BY key LIMIT ?";
    return this.#all(breakerOf, statement, time, limit);
  }

  nextDeadline(hedgesAfter?: number): number | undefined {
    const earliest = ["ready", "delayed", "leased"].map(
      (state) => `SELECT min(due_at) AS due_at FROM tasks WHERE state = '${state}' AND due_at IS NOT NULL`,
    );
    earliest.push("SELECT min(retry_at) FROM breakers WHERE state <> 'closed' AND state = 'open'");
    if (hedgesAfter !== undefined) earliest.push("SELECT min(hedge_at) FROM jobs WHERE hedge_at > ?");
    const statement = `SELECT min(due_at) AS value FROM (${earliest.join(" UNION ALL ")})`;
    return this.#number(statement, ...(hedgesAfter === undefined ? [] : [hedgesAfter])) ?? undefined;
  }

  counts(): QueueCounts {
    const all = (condition: string) => this.#number(`SELECT count(*) AS value FROM tasks WHERE ${condition}`) ?? 0;
    const waiting = (state: string) => all(`state = '${state}' AND due_at IS NOT NULL`);
    return {
      ready: waiting("ready"),
      delayed: waiting("delayed"),
      lined: all("state = 'lined'"),
      blocked: all("state = 'blocked'"),
      leased: waiting("leased"),
      dead: all("state = 'dead'"),
      oldestReadyAt: this.#number(
        `SELECT ready_at AS value FROM tasks WHERE state = 'ready' AND due_at IS NOT NULL
          ORDER BY due_at, task_id LIMIT 1`,
      ),
      unacknowledgedEvents: this.#number(unacknowledged) ?? 0,
    };
  }

  apply(writes: readonly Write[]): void {
    if (writes.length === 0) return;
    this.transaction(() => {
      for (const write of writes) this.#write(write);
    });
  }

  transaction<T>(body: () => T): T {
    return this.#driver.transaction(body);
  }

  #write(write: Write): void {
    const [statement, ...parameters] = statementOf(write);
    this.#driver.exec(statement, ...parameters);
    if (write.op === "acknowledgeEvents") this.#driver.exec("UPDATE acknowledged SET sequence = ?", write.upToSequence);
  }

  #all<T>(read: (row: SqlRow) => T, statement: string, ...parameters: SqlValue[]): T[] {
    return this.#driver.exec(statement, ...parameters).map(read);
  }

  #first<T>(read: (row: SqlRow) => T, statement: string, ...parameters: SqlValue[]): T | undefined {
    return this.#all(read, statement, ...parameters)[0];
  }

  /** The column `value` of the only row; null where there is no row. */
  #number(statement: string, ...parameters: SqlValue[]): number | null {
    const [row] = this.#driver.exec(statement, ...parameters);
    return row ? integerOrNull(row, "value") : null;
  }
}
