import { getTableColumns, type InferInsertModel, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";

/** A row's columns by SQL: all that its table needs, so that a new one is missed by the compiler where rows are made. */
export type RowSql<Table extends SQLiteTable> = { readonly [Name in keyof InferInsertModel<Table>]: SQL };

/**
 * `SELECT …` for an INSERT, which takes a table's columns in the schema's order: each by its SQL, or its default, or NULL
 * (an autoincrement id is then given). `source` is what follows: FROM, WHERE.
 */
export function selectRow<Table extends SQLiteTable>(table: Table, row: RowSql<Table>, source: SQL): SQL {
  const given = new Map<string, SQL>(Object.entries(row));
  const values = Object.entries<SQLiteColumn>(getTableColumns(table)).map(
    ([name, column]) => given.get(name) ?? sql.param(storedValue(undefined, column), column),
  );
  return sql`SELECT ${sql.join(values, sql`, `)} ${source}`;
}

/** What a column holds in a row that gives this for it: its default where nothing is given. */
export function storedValue(given: unknown, column: SQLiteColumn): unknown {
  return given === undefined ? (column.default ?? null) : given;
}
