import type { JobRecord, QueueEvent, RunnerRecord, TaskRecord, TenantRecord } from "./records.ts";
import type { SqlDriver, SqlRow, SqlValue } from "./sql-driver.ts";
import {
  eventColumns,
  eventOf,
  eventValues,
  integerOrNull,
  jobColumns,
  jobOf,
  jobValues,
  runnerColumns,
  runnerOf,
  runnerValues,
  taskColumns,
  taskOf,
  taskValues,
  tenantColumns,
  tenantOf,
  tenantValues,
  text,
} from "./sql-rows.ts";
import { migrate } from "./sql-schema.ts";
import type { Lane, QueueCounts, QueueStore, ReadyLane, Write } from "./store.ts";

/** Inserts a row, or changes all but its fixed columns: an index over fixed columns alone is then left in peace. */
function upsert(table: string, columns: readonly string[], fixed: readonly string[]): string {
  const changed = columns.filter((column) => !fixed.includes(column)).map((column) => `${column} = excluded.${column}`);
  return `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
    ON CONFLICT (${fixed[0]}) DO UPDATE SET ${changed.join(", ")}`;
}

const putTask = upsert("tasks", taskColumns, ["task_id", "job_id"]);
const putJob = upsert("jobs", jobColumns, ["job_id", "tenant_id"]);
const putTenant = upsert("tenants", tenantColumns, ["tenant_id"]);
const putRunner = upsert("runners", runnerColumns, ["runner_id"]);
const appendEvent = `INSERT INTO events (${eventColumns.join(", ")}) VALUES (${eventColumns.map(() => "?").join(", ")})`;

/** From one lane to the next by two index lookups, however many tasks each holds. */
const readyLanes = `
  WITH RECURSIVE heads (id) AS (
    SELECT * FROM (SELECT rowid FROM tasks WHERE state = 'ready' ORDER BY needs, tenant_id LIMIT 1)
    UNION ALL
    SELECT coalesce(
      (SELECT rowid FROM tasks WHERE state = 'ready' AND needs = head.needs AND tenant_id > head.tenant_id
        ORDER BY tenant_id LIMIT 1),
      (SELECT rowid FROM tasks WHERE state = 'ready' AND needs > head.needs ORDER BY needs, tenant_id LIMIT 1))
    FROM heads JOIN tasks AS head ON head.rowid = heads.id
  )
  SELECT head.needs, head.tenant_id, coalesce(tenants.active_leases, 0) AS active_leases,
    coalesce(tenants.last_lease_order, 0) AS last_lease_order
  FROM heads JOIN tasks AS head ON head.rowid = heads.id LEFT JOIN tenants ON tenants.tenant_id = head.tenant_id`;

const dueTasks = (state: "delayed" | "leased" | "ready") =>
  `SELECT * FROM tasks WHERE state = '${state}' AND due_at <= ? ORDER BY due_at, task_id LIMIT ?`;

function statementOf(write: Write): [statement: string, ...parameters: SqlValue[]] {
  switch (write.op) {
    case "putTask":
      return [putTask, ...taskValues(write.task)];
    case "deleteTask":
      return ["DELETE FROM tasks WHERE task_id = ?", write.taskId];
    case "putJob":
      return [putJob, ...jobValues(write.job)];
    case "deleteJob":
      return ["DELETE FROM jobs WHERE job_id = ?", write.jobId];
    case "putTenant":
      return [putTenant, ...tenantValues(write.tenant)];
    case "putRunner":
      return [putRunner, ...runnerValues(write.runner)];
    case "deleteRunner":
      return ["DELETE FROM runners WHERE runner_id = ?", write.runnerId];
    case "appendEvent":
      return [appendEvent, ...eventValues(write.event)];
    case "deleteEvents":
      return ["DELETE FROM events WHERE sequence <= ?", write.upToSequence];
  }
}

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

  tasksOfJob(jobId: string): TaskRecord[] {
    return this.#all(taskOf, "SELECT * FROM tasks WHERE job_id = ? ORDER BY task_id", jobId);
  }

  tenant(tenantId: string): TenantRecord | undefined {
    return this.#first(tenantOf, "SELECT * FROM tenants WHERE tenant_id = ?", tenantId);
  }

  runner(runnerId: string): RunnerRecord | undefined {
    return this.#first(runnerOf, "SELECT * FROM runners WHERE runner_id = ?", runnerId);
  }

  runners(): RunnerRecord[] {
    return this.#all(runnerOf, "SELECT * FROM runners ORDER BY runner_id");
  }

  readyLanes(): ReadyLane[] {
    return this.#all((row) => ({ needs: text(row, "needs"), ...tenantOf(row) }), readyLanes);
  }

  firstReady({ needs, tenantId }: Lane): TaskRecord | undefined {
    return this.#first(
      taskOf,
      "SELECT * FROM tasks WHERE state = 'ready' AND needs = ? AND tenant_id = ? ORDER BY rank, task_id LIMIT 1",
      needs,
      tenantId,
    );
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
    return this.#all(taskOf, "SELECT * FROM tasks WHERE state = 'leased' AND runner_id = ? ORDER BY task_id", runnerId);
  }

  jobsEnded(upTo: number, limit: number): JobRecord[] {
    return this.#all(jobOf, "SELECT * FROM jobs WHERE ended_at <= ? ORDER BY ended_at, job_id LIMIT ?", upTo, limit);
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

  nextDeadline(): number | undefined {
    const earliest = (state: string) =>
      `SELECT min(due_at) AS due_at FROM tasks WHERE state = '${state}' AND due_at IS NOT NULL`;
    return (
      this.#number(
        `SELECT min(due_at) AS value FROM (${["ready", "delayed", "leased"].map(earliest).join(" UNION ALL ")})`,
      ) ?? undefined
    );
  }

  counts(): QueueCounts {
    const waiting = (state: string) =>
      this.#number(`SELECT count(*) AS value FROM tasks WHERE state = '${state}' AND due_at IS NOT NULL`) ?? 0;
    return {
      ready: waiting("ready"),
      delayed: waiting("delayed"),
      leased: waiting("leased"),
      dead: this.#number("SELECT count(*) AS value FROM tasks WHERE state = 'dead'") ?? 0,
      oldestReadyAt: this.#number(
        `SELECT ready_at AS value FROM tasks WHERE state = 'ready' AND due_at IS NOT NULL
          ORDER BY due_at, task_id LIMIT 1`,
      ),
      unacknowledgedEvents: this.#number("SELECT count(*) AS value FROM events") ?? 0,
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
    if (write.op === "deleteEvents") this.#driver.exec("UPDATE acknowledged SET sequence = ?", write.upToSequence);
  }

  #all<T>(read: (row: SqlRow) => T, statement: string, ...parameters: SqlValue[]): T[] {
    return this.#driver.exec(statement, ...parameters).map(read);
  }

  #first<T>(read: (row: SqlRow) => T, statement: string, ...parameters: SqlValue[]): T | undefined {
    return this.#all(read, statement, ...parameters)[0];
  }

  /** The column `value` of the only row; null where there is no row. */
  #number(statement: string): number | null {
    const [row] = this.#driver.exec(statement);
    return row ? integerOrNull(row, "value") : null;
  }
}
