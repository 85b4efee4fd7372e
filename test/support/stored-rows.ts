import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The file of the stack's D1 database: the one among the simulator's files that holds our tables. */
function databaseFile(dataDir: string): string {
  const below = join(dataDir, "state", "v3");
  const files = readdirSync(below, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sqlite"))
    .map((name) => join(below, name))
    .filter((path) => statSync(path).size > 0);
  const found = files.find((path) => tablesOf(path).includes("storage_sweeps"));
  if (!found) throw new Error(`no database of the control plane below ${below}`);
  return found;
}

function read<Result>(path: string, work: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function tablesOf(path: string): string[] {
  return read(path, (database) =>
    database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all()
      .map(({ name }) => String(name)),
  );
}

/** Rows of the control plane's own database, as it stores them: what no answer shows. */
export function storedRows(dataDir: string, sql: string): Record<string, unknown>[] {
  return read(databaseFile(dataDir), (database) => database.prepare(sql).all());
}

/** Changes rows of the control plane's own database, while it is stopped. */
export function changeStoredRows(dataDir: string, sql: string, ...values: readonly (string | number)[]): void {
  const database = new DatabaseSync(databaseFile(dataDir));
  try {
    database.prepare(sql).run(...values);
  } finally {
    database.close();
  }
}

/** Everything in it, as text. */
export function dumpOfStore(dataDir: string): string {
  const path = databaseFile(dataDir);
  const tables = tablesOf(path).filter((name) => !name.startsWith("_cf") && !name.startsWith("sqlite_"));
  return tables
    .map((table) => `${table}\n${JSON.stringify(storedRows(dataDir, `SELECT * FROM "${table}"`))}`)
    .join("\n");
}
