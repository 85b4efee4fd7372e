import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { unstable_splitSqlQuery } from "wrangler";
import type { MigratedDatabase } from "./worker-config.ts";

/**
 * Applies the migrations that a database lacks, each with its record in one transaction, and keeps count in the table that
 * `wrangler d1 migrations apply` uses, so that either may come after the other. Answers the names that it applied.
 */
export async function applyMigrations(miniflare: Miniflare, database: MigratedDatabase): Promise<string[]> {
  const d1 = await miniflare.getD1Database(database.binding);
  const table = `"${database.migrationsTable.replaceAll('"', '""')}"`;
  await d1
    .prepare(
      `CREATE TABLE IF NOT EXISTS ${table}(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
    )
    .run();
  const { results } = await d1.prepare(`SELECT name FROM ${table}`).all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));
  const missing = migrationNames(database.migrationsDir).filter((name) => !applied.has(name));
  for (const name of missing) {
    const statements = unstable_splitSqlQuery(readFileSync(join(database.migrationsDir, name), "utf8"));
    await d1.batch([
      ...statements.map((statement) => d1.prepare(statement)),
      d1.prepare(`INSERT INTO ${table} (name) VALUES (?)`).bind(name),
    ]);
  }
  return missing;
}

/** By their leading number, as wrangler orders them. */
function migrationNames(directory: string): string[] {
  const number = (name: string) => Number.parseInt(name, 10);
  return readdirSync(directory)
    .filter((name) => name.endsWith(".sql"))
    .sort((a, b) => number(a) - number(b) || (a < b ? -1 : 1));
}
