import { eq } from "drizzle-orm";
import type { Env } from "../env.ts";
import { databaseOf } from "./database.ts";
import { runners } from "./schema.ts";

/** The runner behind a credential, revoked or not. */
export async function findRunnerForAuth(env: Env, id: string) {
  const [row] = await databaseOf(env).select().from(runners).where(eq(runners.id, id)).limit(1);
  return row;
}
