import { desc, eq, lt, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { databaseOf } from "../store/database.ts";
import type { RunnerRow } from "../store/rows.ts";
import { runners } from "../store/schema.ts";

/** Newest first, after the runner with this id. The fleet is the platform's: runners belong to no tenant. */
export function listRunnerRows(env: Env, afterId: string | undefined, limit: number): Promise<RunnerRow[]> {
  return databaseOf(env)
    .select()
    .from(runners)
    .where(afterId === undefined ? undefined : lt(runners.id, afterId))
    .orderBy(desc(runners.id))
    .limit(limit);
}

export async function findRunnerRow(env: Env, id: string): Promise<RunnerRow | undefined> {
  const [row] = await databaseOf(env).select().from(runners).where(eq(runners.id, id)).limit(1);
  return row;
}

/** Whether there is such a runner; a second revocation keeps the time of the first. */
export async function markRevoked(env: Env, id: string, now: number): Promise<boolean> {
  const revoked = await databaseOf(env)
    .update(runners)
    .set({ revokedAt: sql`coalesce(${runners.revokedAt}, ${now})` })
    .where(eq(runners.id, id))
    .returning({ id: runners.id });
  return revoked.length > 0;
}
