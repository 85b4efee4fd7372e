import { asc, eq, lte, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { databaseOf } from "./database.ts";
import type { StorageSweepRow } from "./rows.ts";
import { storageSweeps } from "./schema.ts";

/** The sweeps that are due, longest overdue first. */
export function listDueSweeps(env: Env, now: number, limit: number): Promise<StorageSweepRow[]> {
  return databaseOf(env)
    .select()
    .from(storageSweeps)
    .where(lte(storageSweeps.dueAt, now))
    .orderBy(asc(storageSweeps.dueAt))
    .limit(limit);
}

export async function forgetSweep(env: Env, prefix: string): Promise<void> {
  await databaseOf(env).delete(storageSweeps).where(eq(storageSweeps.prefix, prefix));
}

/** Due again at `dueAt`, with `passes` more behind it. */
export async function postponeSweep(env: Env, prefix: string, dueAt: number, passes: number): Promise<void> {
  await databaseOf(env)
    .update(storageSweeps)
    .set({ dueAt, passes: sql`${storageSweeps.passes} + ${passes}` })
    .where(eq(storageSweeps.prefix, prefix));
}
