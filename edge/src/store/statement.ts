import type { SQL } from "drizzle-orm";
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import type { Env } from "../env.ts";

const dialect = new SQLiteAsyncDialect();

/** What has a text and parameters: drizzle's builders. */
interface Built {
  toSQL(): { sql: string; params: unknown[] };
}

/** SQL with its parameters as a statement of D1's own: for batches, in which drizzle can't bind those of a bare `sql`. */
export function statementOf(env: Pick<Env, "DB">, query: SQL | Built): D1PreparedStatement {
  const { sql, params } = "toSQL" in query ? query.toSQL() : dialect.sqlToQuery(query);
  return env.DB.prepare(sql).bind(...params);
}
