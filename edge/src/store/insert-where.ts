import { getTableColumns, type InferInsertModel, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "./database.ts";
import { storedValue } from "./select-row.ts";

/**
 * `INSERT INTO table SELECT … WHERE condition`: a batch is one transaction but can't branch, so what depends on
 * something says so in its own SQL. Columns that the row lacks have their default, or are NULL: an
 * autoincrement id is then given.
 */
export function insertWhere<Table extends SQLiteTable>(
  database: Database,
  table: Table,
  row: InferInsertModel<Table>,
  condition: SQL,
) {
  const given = new Map<string, unknown>(Object.entries(row));
  const values = Object.entries(getTableColumns(table)).map(([name, column]) =>
    sql.param(storedValue(given.get(name), column), column),
  );
  return database.insert(table).select(sql`SELECT ${sql.join(values, sql`, `)} WHERE ${condition}`);
}
