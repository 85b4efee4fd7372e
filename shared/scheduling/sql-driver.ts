export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, unknown>>;

/**
 * The little that SqlStore asks of a synchronous SQLite: `ctx.storage.sql` with `transactionSync` in a Durable Object,
 * node:sqlite in tests. At most 100 parameters a statement.
 */
export interface SqlDriver {
  /** Runs one statement and returns all of its rows. */
  exec(statement: string, ...parameters: readonly SqlValue[]): readonly SqlRow[];
  /** A throw undoes what `body` wrote. May be called inside itself, and then undoes the inner part alone. */
  transaction<T>(body: () => T): T;
}
