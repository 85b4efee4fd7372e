import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { SqlDriver, SqlRow, SqlValue } from "../sql-driver.ts";

/** SqlDriver over node:sqlite. */
export class NodeSqlDriver implements SqlDriver {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
  }

  exec(statement: string, ...parameters: readonly SqlValue[]): SqlRow[] {
    const prepared = this.#statements.get(statement) ?? this.#database.prepare(statement);
    this.#statements.set(statement, prepared);
    return prepared.all(...parameters);
  }

  transaction<T>(body: () => T): T {
    const savepoint = `depth_${this.#depth}`;
    this.#depth += 1;
    this.exec(`SAVEPOINT ${savepoint}`);
    try {
      const answer = body();
      this.exec(`RELEASE ${savepoint}`);
      return answer;
    } catch (error) {
      this.exec(`ROLLBACK TO ${savepoint}`);
      this.exec(`RELEASE ${savepoint}`);
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  /** As a crash does: what was not committed is gone. */
  close(): void {
    this.#database.close();
  }
}
