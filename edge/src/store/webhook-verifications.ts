import { newId } from "@reelway/shared/ids";
import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import { eventId } from "../events/event-id.ts";
import type { Database } from "./database.ts";
import { insertEvent } from "./events.ts";
import { webhookDeliveries } from "./schema.ts";
import { selectRow } from "./select-row.ts";

/** A `webhook.verify` call that is yet to be stored: its delivery and its event. */
export interface NewVerification {
  readonly id: string;
  readonly eventId: string;
  readonly tenantId: string;
  readonly at: number;
}

export async function newVerification(tenantId: string, at: number): Promise<NewVerification> {
  const id = newId("whd");
  return { id, eventId: await eventId(at, id), tenantId, at };
}

/** Has the endpoint's address asked, if it is enabled and has not proved that it wants to be called. */
export function askEndpoint(database: Database, endpointId: string, verification: NewVerification) {
  const { tenantId } = verification;
  const source = sql`FROM webhook_endpoints AS r WHERE r.id = ${endpointId} AND r.tenantId = ${tenantId}
    AND r.verifiedAt IS NULL AND r.disabledAt IS NULL`;
  return ask(database, { endpointId, source, data: { webhookId: endpointId } }, verification);
}

/** The same, in place of what was asked before and is not answered: an answer to that comes too late. */
export function askEndpointAnew(database: Database, endpointId: string, verification: NewVerification) {
  const { tenantId, at } = verification;
  const before = and(
    eq(webhookDeliveries.tenantId, tenantId),
    eq(webhookDeliveries.endpointId, endpointId),
    eq(webhookDeliveries.eventType, "webhook.verify"),
    eq(webhookDeliveries.state, "pending"),
  );
  return [endAsked(database, before, at), ...askEndpoint(database, endpointId, verification)] as const;
}

/**
 * Has the address asked to which this delivery of a job's event waits to go, unless that has proved itself or is being
 * called at this moment. What was asked before is asked no more.
 */
export function askUrlAnew(database: Database, deliveryId: string, verification: NewVerification) {
  const { tenantId, at } = verification;
  const waiting = sql`FROM webhook_deliveries AS r WHERE r.id = ${deliveryId} AND r.tenantId = ${tenantId}
    AND r.endpointId = '' AND r.eventType <> 'webhook.verify' AND r.state = 'pending'`;
  const before = and(
    eq(webhookDeliveries.tenantId, tenantId),
    sql`${webhookDeliveries.url} = (SELECT r.url ${waiting}) AND ${webhookDeliveries.eventType} = 'webhook.verify'`,
    eq(webhookDeliveries.endpointId, ""),
    eq(webhookDeliveries.state, "pending"),
    isNull(webhookDeliveries.claimedUntil),
  );
  const source = sql`${waiting} AND NOT ${isAsked(sql`r.tenantId`, sql`r.url`)}`;
  return [
    endAsked(database, before, at),
    ...ask(database, { endpointId: "", source, data: {} }, verification),
  ] as const;
}

/** True while a job's own address is being asked, or has proved that it wants to be called. */
export function isAsked(tenantId: SQL, url: SQL): SQL {
  return verificationOf(tenantId, url, sql`IN ('pending', 'delivered')`);
}

/** True once a job's own address has proved that it wants to be called. */
export function isProved(tenantId: SQL, url: SQL): SQL {
  return verificationOf(tenantId, url, sql`= 'delivered'`);
}

function verificationOf(tenantId: SQL, url: SQL, isState: SQL): SQL {
  return sql`EXISTS (SELECT 1 FROM webhook_deliveries AS v
    WHERE v.tenantId = ${tenantId} AND v.url = ${url} AND v.eventType = 'webhook.verify'
      AND v.endpointId = '' AND v.state ${isState})`;
}

/** Host and port of a receiver's URL, as it is stored: what a trigger writes into deliveries too. */
export function hostOf(url: SQL): SQL {
  const rest = sql`substr(${url}, instr(${url}, '://') + 3)`;
  return sql`lower(substr(${rest}, 1, instr(replace(replace(${rest}, '?', '/'), '#', '/') || '/', '/') - 1))`;
}

function endAsked(database: Database, which: SQL | undefined, at: number) {
  return database
    .update(webhookDeliveries)
    .set({ state: "failed", dueAt: null, claimedUntil: null, finishedAt: at, lastError: "It was asked anew" })
    .where(which);
}

interface Asked {
  readonly endpointId: string;
  /** FROM and WHERE: a row `r` with the url, or none when there is nothing to ask. */
  readonly source: SQL;
  readonly data: { readonly webhookId?: string };
}

function ask(database: Database, { endpointId, source, data }: Asked, verification: NewVerification) {
  const { id, tenantId, at } = verification;
  const type = "webhook.verify";
  const row = {
    ...{ id: sql`${id}`, tenantId: sql`${tenantId}`, endpointId: sql`${endpointId}` },
    ...{ url: sql`r.url`, host: hostOf(sql`r.url`) },
    ...{ eventId: sql`${verification.eventId}`, eventType: sql`${type}`, state: sql`'pending'` },
    ...{ dueAt: sql`${at}`, createdAt: sql`${at}` },
  };
  const isThere = sql`EXISTS (SELECT 1 FROM webhook_deliveries WHERE id = ${id} AND tenantId = ${tenantId})`;
  return [
    database.insert(webhookDeliveries).select(selectRow(webhookDeliveries, row, source)),
    insertEvent(database, { id: verification.eventId, tenantId, type, at, jobId: null, data }, isThere),
  ] as const;
}
