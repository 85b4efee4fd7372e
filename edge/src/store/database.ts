import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import type { Env } from "../env.ts";
import * as schema from "./schema.ts";

export type Database = DrizzleD1Database<typeof schema>;

const databases = new WeakMap<D1Database, Database>();

/** D1 through drizzle: one wrapper per binding. */
export function databaseOf(env: Pick<Env, "DB">): Database {
  const known = databases.get(env.DB);
  if (known) return known;
  const database = drizzle(env.DB, { schema });
  databases.set(env.DB, database);
  return database;
}
