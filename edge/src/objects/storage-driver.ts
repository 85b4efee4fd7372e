import type { SqlDriver } from "@reelway/shared/scheduling/sql-driver";

/** A Durable Object's own SQLite as the queue's store sees it. */
export function storageDriver(storage: DurableObjectStorage): SqlDriver {
  return {
    // Read to the end at once: a cursor must not outlive the turn.
    exec: (statement, ...parameters) => storage.sql.exec(statement, ...parameters).toArray(),
    // A throw in plain SQL calls keeps what came before it; transactionSync undoes it.
    transaction: (body) => storage.transactionSync(body),
  };
}
