import type { SqlValue } from "./sql-driver.ts";
import {
  breakerColumns,
  breakerValues,
  eventColumns,
  eventValues,
  jobColumns,
  jobValues,
  runnerColumns,
  runnerValues,
  taskColumns,
  taskValues,
  tenantColumns,
  tenantValues,
} from "./sql-rows.ts";
import type { Write } from "./store.ts";

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
const putBreaker = upsert("breakers", breakerColumns, ["key"]);
const appendEvent = `INSERT INTO events (${eventColumns.join(", ")}) VALUES (${eventColumns.map(() => "?").join(", ")})`;

/** Walks the oldest only, up to the first that is kept. */
const forgetEvents = `
  DELETE FROM events WHERE sequence <= ?1 AND sequence < coalesce(
    (SELECT sequence FROM events WHERE sequence > ?3 AND at > ?2 ORDER BY sequence LIMIT 1), ?1 + 1)`;

/** What a write is in SQL. */
export function statementOf(write: Write): [statement: string, ...parameters: SqlValue[]] {
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
    case "putBreaker":
      return [putBreaker, ...breakerValues(write.breaker)];
    case "deleteBreaker":
      return ["DELETE FROM breakers WHERE key = ?", write.key];
    case "appendEvent":
      return [appendEvent, ...eventValues(write.event)];
    case "acknowledgeEvents":
      return [forgetEvents, write.upToSequence, write.forgetAt, write.forgetUpTo];
  }
}
