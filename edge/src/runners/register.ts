import { minimumProtocol, type Registered, type RegisterRequest } from "@reelway/shared/contracts/runner";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newRegionalId } from "@reelway/shared/ids";
import { and, eq, gt, isNull, lt, or, sql } from "drizzle-orm";
import type { z } from "zod";
import { mintCredential, parseCredential, verifyCredential } from "../auth/credentials.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { databaseOf } from "../store/database.ts";
import { insertWhere } from "../store/insert-where.ts";
import type { RunnerRow } from "../store/rows.ts";
import { registrationTokens, runners } from "../store/schema.ts";

/**
 * Turns a registration token into a runner with a credential of its own. Throws `runner_outdated`, or
 * `registration_refused` for every fault of the token alike.
 */
export async function registerRunner(
  env: Env,
  settings: Settings,
  request: z.output<typeof RegisterRequest>,
  now: number,
): Promise<Registered> {
  if (request.protocol < minimumProtocol)
    throw new ReelwayError("runner_outdated", `protocol ${request.protocol}, at least ${minimumProtocol} is needed`);
  const tokenId = await checkedTokenId(env, settings, request.token);
  const { name, region, labels, version } = request;
  const id = newRegionalId("run", region);
  const { text, hash } = await mintCredential(settings, "runner", id);
  const row = { id, name, region, labels: [...new Set(labels)], hash, version, createdAt: now, revokedAt: null };
  if (!(await useToken(env, tokenId, row, now))) throw new ReelwayError("registration_refused");
  return { runnerId: id, credential: text };
}

async function checkedTokenId(env: Env, settings: Settings, token: string): Promise<string> {
  const credential = parseCredential(settings, token);
  if (credential?.kind !== "registration_token") throw new ReelwayError("registration_refused");
  const [row] = await databaseOf(env)
    .select({ hash: registrationTokens.hash })
    .from(registrationTokens)
    .where(eq(registrationTokens.id, credential.id));
  if (!row || !(await verifyCredential(settings, credential, row.hash))) throw new ReelwayError("registration_refused");
  return credential.id;
}

/** The runner and the use of the token, in one transaction: both or none, and never more uses than there are. */
async function useToken(env: Env, tokenId: string, runner: RunnerRow, now: number): Promise<boolean> {
  const database = databaseOf(env);
  const usable = and(
    eq(registrationTokens.id, tokenId),
    lt(registrationTokens.uses, registrationTokens.maxUses),
    gt(registrationTokens.expiresAt, now),
    or(isNull(registrationTokens.region), eq(registrationTokens.region, runner.region)),
  );
  const registered = sql`EXISTS (SELECT 1 FROM ${runners} WHERE ${runners.id} = ${runner.id})`;
  const [, used] = await database.batch([
    insertWhere(database, runners, runner, sql`EXISTS (SELECT 1 FROM ${registrationTokens} WHERE ${usable})`),
    database
      .update(registrationTokens)
      .set({ uses: sql`${registrationTokens.uses} + 1` })
      .where(and(eq(registrationTokens.id, tokenId), registered))
      .returning({ uses: registrationTokens.uses }),
  ]);
  return used.length > 0;
}
