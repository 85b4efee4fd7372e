import { getTableColumns, type InferInsertModel, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "./database.ts";
import { storedValue } from "./select-row.ts";

/** D1 takes strings of 2 MB at most. */
const MAX_JSON_LENGTH = 1_000_000;

/**
 * Any number of rows by one statement with one parameter: `INSERT … SELECT … FROM json_each(?) WHERE condition`. Columns
 * that a row lacks have their default, or are NULL. `computed` gives columns by SQL instead; in it `value` is the row's document.
 */
export function insertRows<Table extends SQLiteTable>(
  database: Database,
  table: Table,
  rows: readonly InferInsertModel<Table>[],
  condition: SQL = sql`true`,
  computed: Readonly<Record<string, SQL>> = {},
) {
  const columns = Object.entries<SQLiteColumn>(getTableColumns(table));
  const documents = rows.map((row) => toDocument(new Map(Object.entries(row)), columns));
  const values = columns.map(([name]) => computed[name] ?? sql.raw(`value ->> '$.${name}'`));
  return database
    .insert(table)
    .select(sql`SELECT ${sql.join(values, sql`, `)} FROM json_each(${JSON.stringify(documents)}) WHERE ${condition}`);
}

/** The rows in slices, each small enough for one statement. */
export function inSlices<Row>(rows: readonly Row[]): Row[][] {
  const slices: Row[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    // Text within text is escaped once more: at most twice as long.
    const rowLength = JSON.stringify(row).length * 2;
    if (length + rowLength > MAX_JSON_LENGTH) {
      slices.push([]);
      length = 0;
    }
    slices.at(-1)?.push(row);
    length += rowLength;
  }
  return slices;
}

/** One JSON parameter for any number of values: D1 takes a hundred parameters at most. */
export function listed(values: readonly (string | number)[]): SQL {
  return sql`(SELECT value FROM json_each(${JSON.stringify(values)}))`;
}

/** As the columns store them: JSON columns as texts, booleans as 0 and 1. */
function toDocument(row: ReadonlyMap<string, unknown>, columns: readonly [string, SQLiteColumn][]) {
  const entries = columns.flatMap(([name, column]) => {
    const value = storedValue(row.get(name), column);
    return value === null ? [] : [[name, column.mapToDriverValue(value)]];
  });
  return Object.fromEntries(entries);
}
