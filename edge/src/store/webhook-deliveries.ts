import type { EventType } from "@reelway/shared/contracts/event";
import type { WebhookDeliveryState } from "@reelway/shared/contracts/webhook";
import { and, desc, eq, lt, ne, or, type SQL, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { insertEvent, type NewEvent } from "./events.ts";
import { claimKey, holdsKey, type IdempotencyRow, keyHolder } from "./idempotency.ts";
import { insertWhere } from "./insert-where.ts";
import type { WebhookDeliveryRow } from "./rows.ts";
import { events, webhookDeliveries, webhookEndpoints } from "./schema.ts";
import { askUrlAnew, hostOf, type NewVerification } from "./webhook-verifications.ts";
import { isEnabled } from "./webhooks.ts";

export interface DeliveryFilters {
  readonly webhookId?: string | undefined;
  readonly state?: WebhookDeliveryState | undefined;
  readonly eventType?: EventType | undefined;
  readonly eventId?: string | undefined;
}

/** Newest first, after the delivery with this id. */
export function listDeliveries(
  env: Env,
  tenantId: string,
  { webhookId, state, eventType, eventId }: DeliveryFilters,
  afterId: string | undefined,
  limit: number,
): Promise<WebhookDeliveryRow[]> {
  const conditions = [
    eq(webhookDeliveries.tenantId, tenantId),
    webhookId === undefined ? undefined : eq(webhookDeliveries.endpointId, webhookId),
    state === undefined ? undefined : eq(webhookDeliveries.state, state),
    eventType === undefined ? undefined : eq(webhookDeliveries.eventType, eventType),
    eventId === undefined ? undefined : eq(webhookDeliveries.eventId, eventId),
    afterId === undefined ? undefined : lt(webhookDeliveries.id, afterId),
  ];
  return databaseOf(env)
    .select()
    .from(webhookDeliveries)
    .where(and(...conditions))
    .orderBy(desc(webhookDeliveries.id))
    .limit(limit);
}

/** A delivery with the event that it tells, its `data` as it is stored; the event is null once it has been deleted. */
export async function findDelivery(env: Env, tenantId: string, id: string) {
  const { type, at, sequence } = events;
  // Not parsed and written anew: these are the bytes that were signed.
  const data = sql<string>`${events.data}`;
  const [row] = await databaseOf(env)
    .select({ delivery: webhookDeliveries, event: { type, at, sequence, data } })
    .from(webhookDeliveries)
    .leftJoin(events, eq(events.id, webhookDeliveries.eventId))
    .where(ofTenant(tenantId, id))
    .limit(1);
  return row;
}

/** Stores a test event with its one delivery; nothing when the endpoint is not enabled or the idempotency key is another's. */
export async function insertTest(
  env: Env,
  delivery: WebhookDeliveryRow,
  event: NewEvent,
  audit: AuditEntry,
  claim: IdempotencyRow | undefined,
) {
  const database = databaseOf(env);
  const { tenantId, endpointId } = delivery;
  const mayBe = isEnabled(tenantId, endpointId);
  const isThere = sql`EXISTS (SELECT 1 FROM ${webhookDeliveries} WHERE ${ofTenant(tenantId, delivery.id)})`;
  const insert = insertWhere(database, webhookDeliveries, delivery, claim ? holdsKey(claim) : mayBe);
  const own = database.select().from(webhookDeliveries).where(ofTenant(tenantId, delivery.id));
  const rest = [insertEvent(database, event, isThere), insertAudit(database, audit, isThere)] as const;
  if (!claim) {
    const [, , , [stored]] = await database.batch([insert, ...rest, own]);
    return { stored, holder: undefined };
  }
  const [, , , , [stored], [holder]] = await database.batch([
    claimKey(database, claim, mayBe),
    insert,
    ...rest,
    own,
    keyHolder(database, claim),
  ]);
  return { stored, holder };
}

/**
 * Has a delivery sent again, from the first attempt on, or now instead of later: to where its endpoint is now. A job's own
 * address that has not proved itself is asked first. Undefined when it is none, is being sent at this moment, is a
 * verification, its endpoint is not enabled, or its event has been deleted.
 */
export async function restartDelivery(
  env: Env,
  { tenantId, id }: { tenantId: string; id: string },
  now: number,
  audit: AuditEntry,
  verification: NewVerification,
): Promise<WebhookDeliveryRow | undefined> {
  const database = databaseOf(env);
  const mayBeSent = and(
    ofTenant(tenantId, id),
    sql`${webhookDeliveries.claimedUntil} IS NULL`,
    ne(webhookDeliveries.eventType, "webhook.verify"),
    or(eq(webhookDeliveries.endpointId, ""), endpointIsEnabled),
    sql`EXISTS (SELECT 1 FROM ${events} WHERE ${events.id} = ${webhookDeliveries.eventId})`,
  );
  const url = sql`coalesce((SELECT w.url FROM webhook_endpoints AS w WHERE w.id = endpointId), url)`;
  const wasRestarted = and(ofTenant(tenantId, id), eq(webhookDeliveries.dueAt, now));
  const [[row]] = await database.batch([
    database
      .update(webhookDeliveries)
      .set({ state: "pending", attempts: 0, dueAt: now, finishedAt: null, url, host: hostOf(url) })
      .where(mayBeSent)
      .returning(),
    insertAudit(database, audit, sql`EXISTS (SELECT 1 FROM ${webhookDeliveries} WHERE ${wasRestarted})`),
    ...askUrlAnew(database, id, verification),
  ]);
  return row;
}

/**
 * Deletes those of the oldest `atMost` deliveries that have ended and are from before `before`. The proof that a job's own
 * address wants to be called stays as long as something waits to go there.
 */
export async function deleteOldDeliveries(env: Env, before: number, atMost: number): Promise<void> {
  const database = databaseOf(env);
  const oldest = database
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .orderBy(webhookDeliveries.id)
    .limit(atMost);
  const isNeeded = sql`(eventType = 'webhook.verify' AND EXISTS (SELECT 1 FROM webhook_deliveries AS p
    WHERE p.tenantId = webhook_deliveries.tenantId AND p.host = webhook_deliveries.host AND p.dueAt IS NOT NULL
      AND p.url = webhook_deliveries.url))`;
  const ended = and(
    lt(webhookDeliveries.createdAt, before),
    ne(webhookDeliveries.state, "pending"),
    sql`NOT ${isNeeded}`,
  );
  await database.delete(webhookDeliveries).where(and(sql`${webhookDeliveries.id} IN ${oldest}`, ended));
}

const endpointIsEnabled: SQL = sql`EXISTS (SELECT 1 FROM ${webhookEndpoints}
  WHERE ${webhookEndpoints.id} = ${webhookDeliveries.endpointId} AND ${webhookEndpoints.disabledAt} IS NULL)`;

function ofTenant(tenantId: string, id: string): SQL | undefined {
  return and(eq(webhookDeliveries.tenantId, tenantId), eq(webhookDeliveries.id, id));
}
