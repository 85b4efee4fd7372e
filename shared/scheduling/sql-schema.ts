import type { SqlDriver } from "./sql-driver.ts";

/**
 * The tables of SqlStore, as forward migrations: one list of statements per version, never changed once released.
 *
 * Every index entry is a billed row write, so there are few and most are partial:
 * - tasks_by_job: the tasks of a job, for cancel and forget.
 * - tasks_by_due: what time changes next, per state (see due.ts).
 * - tasks_ready: each lane in the order of its ranks. Lanes are found by skipping from one to the next in it: a table of
 *   lane counts would be a row written with every enqueue and lease.
 *   A lane is one text, see lanes.ts, so that it takes one lookup to step over all of its tasks.
 * - tasks_lined: who is next in its lane after each of a job's tasks. tasks_blocked: for the count, as tasks_dead.
 * - tasks_leased: the live leases of a runner. tasks_dead: written once per dead task, for the count.
 * - tasks_unhedged: of a job's leased tasks that may be leased twice the oldest lease. tasks_rivals: the second leases of
 *   a runner. jobs_to_hedge: where something is slow; read by whoever would leave empty-handed, and mostly empty.
 * - jobs_ended: what may be forgotten.
 * - breakers_paused: read with every lease, and next to always empty. tenants_limited: read where work comes or a lease
 *   ends, and has only the tenants with a limit that have leases.
 */
export const migrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE tasks (
      task_id TEXT PRIMARY KEY, job_id TEXT NOT NULL, tenant_id TEXT NOT NULL, state TEXT NOT NULL, needs TEXT NOT NULL,
      rank INTEGER NOT NULL, priority INTEGER NOT NULL, ready_at INTEGER NOT NULL, queue_deadline_at INTEGER NOT NULL,
      due_at INTEGER, attempt INTEGER NOT NULL, max_retries INTEGER NOT NULL, epoch INTEGER NOT NULL, runner_id TEXT,
      leased_at INTEGER, lease_expires_at INTEGER, outage_renewed INTEGER NOT NULL, payload TEXT NOT NULL, error TEXT,
      attempts TEXT NOT NULL
    )`,
    "CREATE INDEX tasks_by_job ON tasks (job_id, task_id)",
    "CREATE INDEX tasks_by_due ON tasks (state, due_at, task_id) WHERE due_at IS NOT NULL",
    "CREATE INDEX tasks_ready ON tasks (needs, tenant_id, rank, task_id) WHERE state = 'ready'",
    "CREATE INDEX tasks_leased ON tasks (runner_id, task_id) WHERE state = 'leased'",
    "CREATE INDEX tasks_dead ON tasks (task_id) WHERE state = 'dead'",
    `CREATE TABLE jobs (
      job_id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, run INTEGER NOT NULL, state TEXT NOT NULL,
      open_tasks INTEGER NOT NULL, running INTEGER NOT NULL, ended_at INTEGER, last_event_sequence INTEGER NOT NULL
    ) WITHOUT ROWID`,
    "CREATE INDEX jobs_ended ON jobs (ended_at, job_id) WHERE ended_at IS NOT NULL",
    `CREATE TABLE tenants (
      tenant_id TEXT PRIMARY KEY, active_leases INTEGER NOT NULL, last_lease_order INTEGER NOT NULL
    ) WITHOUT ROWID`,
    `CREATE TABLE runners (
      runner_id TEXT PRIMARY KEY, capabilities TEXT NOT NULL, slots INTEGER NOT NULL, draining INTEGER NOT NULL,
      version TEXT NOT NULL, last_seen_at INTEGER NOT NULL
    ) WITHOUT ROWID`,
    `CREATE TABLE events (
      sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, type TEXT NOT NULL, job_id TEXT NOT NULL,
      tenant_id TEXT NOT NULL, run INTEGER NOT NULL, attempt INTEGER NOT NULL, runner_id TEXT, error TEXT, result TEXT
    )`,
    "CREATE TABLE acknowledged (sequence INTEGER NOT NULL)",
    "INSERT INTO acknowledged (sequence) VALUES (0)",
  ],
  [
    "ALTER TABLE tasks ADD COLUMN recipe TEXT NOT NULL DEFAULT ''",
    `ALTER TABLE tasks ADD COLUMN
      lane TEXT GENERATED ALWAYS AS (needs || char(10) || tenant_id || char(10) || recipe) VIRTUAL`,
    "DROP INDEX tasks_ready",
    "CREATE INDEX tasks_ready ON tasks (lane, rank, task_id) WHERE state = 'ready'",
    `CREATE TABLE breakers (
      key TEXT PRIMARY KEY, state TEXT NOT NULL, failures TEXT NOT NULL, last_failure_at INTEGER NOT NULL,
      last_code TEXT NOT NULL, openings INTEGER NOT NULL, opened_at INTEGER, retry_at INTEGER, trial_task_id TEXT,
      trial_epoch INTEGER
    ) WITHOUT ROWID`,
    "CREATE INDEX breakers_paused ON breakers (key) WHERE state <> 'closed'",
  ],
  [
    "ALTER TABLE tasks ADD COLUMN part TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE tasks ADD COLUMN place INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE tasks ADD COLUMN unblocks TEXT",
    "ALTER TABLE tasks ADD COLUMN waits INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE tasks ADD COLUMN result TEXT",
    "CREATE INDEX tasks_lined ON tasks (job_id, needs, place, task_id) WHERE state = 'lined'",
    "CREATE INDEX tasks_blocked ON tasks (task_id) WHERE state = 'blocked'",
    "ALTER TABLE jobs ADD COLUMN done_tasks INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE events ADD COLUMN task_id TEXT",
    "ALTER TABLE events ADD COLUMN part TEXT",
    "ALTER TABLE tasks ADD COLUMN last_epoch INTEGER NOT NULL DEFAULT 0",
    "UPDATE tasks SET last_epoch = epoch",
    "ALTER TABLE tasks ADD COLUMN hedgeable INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE tasks ADD COLUMN hedged INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE tasks ADD COLUMN rival_epoch INTEGER",
    "ALTER TABLE tasks ADD COLUMN rival_runner_id TEXT",
    "ALTER TABLE tasks ADD COLUMN rival_leased_at INTEGER",
    "ALTER TABLE tasks ADD COLUMN rival_expires_at INTEGER",
    "ALTER TABLE tasks ADD COLUMN rival_renewed INTEGER",
    `CREATE INDEX tasks_unhedged ON tasks (job_id, leased_at, task_id)
      WHERE state = 'leased' AND hedgeable = 1 AND hedged = 0`,
    "CREATE INDEX tasks_rivals ON tasks (rival_runner_id, task_id) WHERE state = 'leased' AND rival_runner_id IS NOT NULL",
    "ALTER TABLE jobs ADD COLUMN recent_ms TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE jobs ADD COLUMN hedges INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE jobs ADD COLUMN hedge_at INTEGER",
    "CREATE INDEX jobs_to_hedge ON jobs (hedge_at, job_id) WHERE hedge_at IS NOT NULL",
    "ALTER TABLE events ADD COLUMN hedge TEXT",
  ],
  ["ALTER TABLE runners ADD COLUMN failures TEXT NOT NULL DEFAULT '[]'"],
  [
    "ALTER TABLE tenants ADD COLUMN max_running INTEGER",
    "ALTER TABLE tenants ADD COLUMN share_set_at INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX tenants_limited ON tenants (tenant_id) WHERE max_running IS NOT NULL AND active_leases > 0",
  ],
  [
    "ALTER TABLE runners ADD COLUMN hold_back_ms INTEGER NOT NULL DEFAULT 0",
    // Null in rows from before: as ready_at.
    "ALTER TABLE tasks ADD COLUMN waits_since INTEGER",
  ],
];

/** Brings the tables up to this code's version, in one transaction. Costs one read when they are. */
export function migrate(driver: SqlDriver): void {
  driver.transaction(() => {
    driver.exec("CREATE TABLE IF NOT EXISTS queue_schema (version INTEGER NOT NULL)");
    const [row] = driver.exec("SELECT version FROM queue_schema");
    const version = Number(row?.version ?? 0);
    if (version >= migrations.length) return;
    for (const statement of migrations.slice(version).flat()) driver.exec(statement);
    driver.exec("DELETE FROM queue_schema");
    driver.exec("INSERT INTO queue_schema (version) VALUES (?)", migrations.length);
  });
}
