import { limits } from "@reelway/shared/limits";
import { and, desc, eq, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { type Database, databaseOf } from "./database.ts";
import { claimKey, holdsKey, type IdempotencyRow, keyHolder } from "./idempotency.ts";
import { insertWhere } from "./insert-where.ts";
import type { WebhookDeliveryRow, WebhookEndpointRow } from "./rows.ts";
import { webhookDeliveries, webhookEndpoints } from "./schema.ts";
import { askEndpoint, askEndpointAnew, type NewVerification } from "./webhook-verifications.ts";

/**
 * Stores an endpoint and has its address asked, or nothing when the tenant has as many as it may or the idempotency key
 * is another's.
 */
export async function insertWebhook(
  env: Env,
  row: WebhookEndpointRow,
  verification: NewVerification,
  audit: AuditEntry,
  claim: IdempotencyRow | undefined,
) {
  const database = databaseOf(env);
  const hasRoom = sql`(SELECT count(*) FROM ${webhookEndpoints} WHERE ${eq(webhookEndpoints.tenantId, row.tenantId)}) < ${limits.webhooksPerTenant}`;
  const own = database.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, row.id));
  const insert = insertWhere(database, webhookEndpoints, row, claim ? holdsKey(claim) : hasRoom);
  const log = insertAudit(database, audit, isThere(row.tenantId, row.id));
  const rest = [log, ...askEndpoint(database, row.id, verification)] as const;
  if (!claim) {
    const [, [stored]] = await database.batch([insert, own, ...rest]);
    return { stored, holder: undefined };
  }
  const [, , [stored], [holder]] = await database.batch([
    claimKey(database, claim, hasRoom),
    insert,
    own,
    keyHolder(database, claim),
    ...rest,
  ]);
  return { stored, holder };
}

export async function findWebhook(env: Env, tenantId: string, id: string): Promise<WebhookEndpointRow | undefined> {
  const [row] = await databaseOf(env).select().from(webhookEndpoints).where(ofTenant(tenantId, id)).limit(1);
  return row;
}

/** Newest first, after the endpoint with this id. */
export function listWebhooks(env: Env, tenantId: string, afterId: string | undefined, limit: number) {
  const behind = afterId === undefined ? undefined : lt(webhookEndpoints.id, afterId);
  return databaseOf(env)
    .select()
    .from(webhookEndpoints)
    .where(and(eq(webhookEndpoints.tenantId, tenantId), behind))
    .orderBy(desc(webhookEndpoints.id))
    .limit(limit);
}

export type WebhookChanges = Partial<Omit<WebhookEndpointRow, "id" | "tenantId" | "createdAt">>;

/**
 * Changes an endpoint with what hangs on it: what is on its way goes to the new URL once that has proved that it wants to
 * be called, and to a disabled endpoint not at all. Whoever is enabled and unproved is asked anew. Answers the row as it
 * is then; undefined when there is none.
 */
export async function updateWebhook(
  env: Env,
  { tenantId, id }: { tenantId: string; id: string },
  changes: WebhookChanges,
  audit: AuditEntry,
  verification: NewVerification,
): Promise<WebhookEndpointRow | undefined> {
  const database = databaseOf(env);
  const onTheirWay = and(pendingOf(tenantId, id), isThere(tenantId, id));
  const { url } = changes;
  const asksAnew = url !== undefined || changes.disabledAt === null;
  // A proof is of one address.
  const proof =
    url === undefined ? {} : { verifiedAt: sql`CASE WHEN ${webhookEndpoints.url} = ${url} THEN verifiedAt END` };
  const [[row]] = await database.batch([
    database
      .update(webhookEndpoints)
      .set({ ...changes, ...proof })
      .where(ofTenant(tenantId, id))
      .returning(),
    insertAudit(database, audit, isThere(tenantId, id)),
    ...(asksAnew ? askEndpointAnew(database, id, verification) : []),
    ...(url === undefined
      ? []
      : [
          database
            .update(webhookDeliveries)
            .set({ url, host: new URL(url).host })
            .where(onTheirWay),
        ]),
    ...(changes.disabledAt == null ? [] : [failWaiting(database, tenantId, id, changes.disabledAt)]),
  ]);
  return row;
}

/**
 * Has the address of an endpoint asked once more, and enables the endpoint for it. Answers the delivery that asks;
 * undefined when there is no such endpoint, or it has proved already that it wants to be called.
 */
export async function askWebhook(
  env: Env,
  { tenantId, id }: { tenantId: string; id: string },
  verification: NewVerification,
  audit: AuditEntry,
): Promise<WebhookDeliveryRow | undefined> {
  const database = databaseOf(env);
  const isUnproved = and(ofTenant(tenantId, id), isNull(webhookEndpoints.verifiedAt));
  const asking = and(eq(webhookDeliveries.tenantId, tenantId), eq(webhookDeliveries.id, verification.id));
  const [, , , , [row]] = await database.batch([
    database.update(webhookEndpoints).set(afresh).where(isUnproved),
    ...askEndpointAnew(database, id, verification),
    database.select().from(webhookDeliveries).where(asking),
    insertAudit(database, audit, sql`EXISTS (SELECT 1 FROM ${webhookDeliveries} WHERE ${asking})`),
  ]);
  return row;
}

/** What an endpoint that is enabled by hand begins with. */
export const afresh = {
  disabledAt: null,
  disabledReason: null,
  failures: 0,
  failingSince: null,
  pausedUntil: null,
} as const satisfies WebhookChanges;

/** The current secret becomes the one before, which signs too until `previousUntil`. Undefined when there is no such endpoint. */
export async function rotateWebhookSecret(
  env: Env,
  { tenantId, id }: { tenantId: string; id: string },
  encryptedSecret: string,
  previousUntil: number,
  audit: AuditEntry,
): Promise<WebhookEndpointRow | undefined> {
  const database = databaseOf(env);
  const [[row]] = await database.batch([
    database
      .update(webhookEndpoints)
      .set({
        encryptedSecret,
        encryptedPreviousSecret: sql`${webhookEndpoints.encryptedSecret}`,
        previousSecretUntil: previousUntil,
      })
      .where(ofTenant(tenantId, id))
      .returning(),
    insertAudit(database, audit, isThere(tenantId, id)),
  ]);
  return row;
}

/** Deletes an endpoint with its secrets; what was on its way fails, and the log of what it got stays. */
export async function deleteWebhook(
  env: Env,
  { tenantId, id }: { tenantId: string; id: string },
  now: number,
  audit: AuditEntry,
): Promise<boolean> {
  const database = databaseOf(env);
  const [, , deleted] = await database.batch([
    failWaiting(database, tenantId, id, now),
    insertAudit(database, audit, isThere(tenantId, id)),
    database.delete(webhookEndpoints).where(ofTenant(tenantId, id)).returning({ id: webhookEndpoints.id }),
  ]);
  return deleted.length > 0;
}

/** True while there is such an endpoint and it is enabled. */
export function isEnabled(tenantId: string, id: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${webhookEndpoints} WHERE ${and(ofTenant(tenantId, id), isNull(webhookEndpoints.disabledAt))})`;
}

function isThere(tenantId: string, id: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${webhookEndpoints} WHERE ${ofTenant(tenantId, id)})`;
}

function failWaiting(database: Database, tenantId: string, id: string, now: number) {
  return database
    .update(webhookDeliveries)
    .set({ state: "failed", dueAt: null, finishedAt: now, lastError: endpointGone })
    .where(waitingOf(tenantId, id));
}

/** Why deliveries end whose endpoint is no more. */
export const endpointGone = "The endpoint was disabled or deleted";

/** Those of its deliveries that nobody is sending at this moment. */
function waitingOf(tenantId: string, id: string): SQL | undefined {
  return and(pendingOf(tenantId, id), isNull(webhookDeliveries.claimedUntil));
}

function pendingOf(tenantId: string, id: string): SQL | undefined {
  return and(
    eq(webhookDeliveries.tenantId, tenantId),
    eq(webhookDeliveries.endpointId, id),
    eq(webhookDeliveries.state, "pending"),
  );
}

function ofTenant(tenantId: string, id: string): SQL | undefined {
  return and(eq(webhookEndpoints.tenantId, tenantId), eq(webhookEndpoints.id, id));
}
