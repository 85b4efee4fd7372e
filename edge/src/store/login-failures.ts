import { eq, inArray, lt, lte, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { databaseOf } from "./database.ts";
import { loginFailures } from "./schema.ts";

/**
 * Counts a try of each of these before it is made, so that many at once can't pass together, and answers how many
 * there were in the window, this one included, and since when.
 */
export async function countTry(
  env: Env,
  subjects: readonly string[],
  now: number,
  windowMs: number,
): Promise<Map<string, { count: number; since: number }>> {
  const over = sql`${loginFailures.since} <= ${now - windowMs}`;
  const rows = await databaseOf(env)
    .insert(loginFailures)
    .values(subjects.map((subject) => ({ subject, count: 1, since: now })))
    .onConflictDoUpdate({
      target: loginFailures.subject,
      set: {
        count: sql`CASE WHEN ${over} THEN 1 ELSE ${loginFailures.count} + 1 END`,
        since: sql`CASE WHEN ${over} THEN ${now} ELSE ${loginFailures.since} END`,
      },
    })
    .returning();
  return new Map(rows.map(({ subject, count, since }) => [subject, { count, since }]));
}

/** The try was no failure: it does not count, and what the account had against it at this place is forgotten. */
export async function forgetTry(env: Env, forgotten: string, uncounted: readonly string[]): Promise<void> {
  const database = databaseOf(env);
  await database.batch([
    database.delete(loginFailures).where(eq(loginFailures.subject, forgotten)),
    database
      .update(loginFailures)
      .set({ count: sql`${loginFailures.count} - 1` })
      .where(inArray(loginFailures.subject, [...uncounted])),
    database.delete(loginFailures).where(lt(loginFailures.count, 1)),
  ]);
}

export async function deleteOldFailures(env: Env, before: number): Promise<void> {
  await databaseOf(env).delete(loginFailures).where(lte(loginFailures.since, before));
}
