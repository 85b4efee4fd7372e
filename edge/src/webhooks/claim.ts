import { limits } from "@reelway/shared/limits";
import { type SQL, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { statementOf } from "../store/statement.ts";
import { isProved } from "../store/webhook-verifications.ts";

/** A delivery that is ours to send until `claimedUntil`, with all that is needed for it. */
export interface Claimed {
  readonly id: string;
  readonly tenantId: string;
  readonly endpointId: string;
  readonly url: string;
  readonly host: string;
  readonly eventId: string;
  readonly eventType: string;
  /** This one counts. */
  readonly attempts: number;
  readonly claimedUntil: number;
  /** Of the event; null when it has been deleted. */
  readonly eventAt: number | null;
  readonly eventSequence: number | null;
  readonly eventData: string | null;
  readonly jobId: string | null;
  /** W3C trace context of the request that made the job. */
  readonly traceparent: string | null;
  /** Of the endpoint; null for a job's own webhookUrl. */
  readonly encryptedSecret: string | null;
  readonly encryptedPreviousSecret: string | null;
  readonly previousSecretUntil: number | null;
}

/** Claims this delivery, if it is due and its endpoint and the bounds on what is sent at once allow it. */
export async function claimDelivery(env: Env, id: string, now: number): Promise<Claimed | undefined> {
  const query = claim(sql`d.id = ${id} AND ${mayBeSent("d", now)}`, now);
  return (await statementOf(env, query).first<Claimed>()) ?? undefined;
}

/** Claims the delivery that follows one that has just ended, in the same way: one row or none. */
export function claimNext(ended: EndedDelivery, now: number): SQL {
  return claim(sql`d.id = ${nextAfter(ended, now)}`, now);
}

/** The id of the one that `claimNext` would claim. */
export function findNext(ended: EndedDelivery, now: number): SQL {
  return sql`SELECT ${nextAfter(ended, now)} AS id`;
}

export interface EndedDelivery {
  readonly tenantId: string;
  readonly host: string;
  readonly wasDelivered: boolean;
}

/**
 * Whoever was turned away because the host was busy, or because the tenant was, must be found by whoever kept them
 * busy. So the next is of the same host; in a crowd of the tenant's, of any other too, and of another first when this
 * one failed: dead hosts make way.
 */
function nextAfter({ tenantId, host, wasDelivered }: EndedDelivery, now: number): SQL {
  const sameHost = longestDue(sql`n.tenantId = ${tenantId} AND n.host = ${host}`, now);
  const isCrowded = sql`(SELECT count(*) FROM webhook_deliveries AS c
    WHERE c.tenantId = ${tenantId} AND c.claimedUntil > ${now}) >= ${limits.webhooksOfJobsAtOnce - 1}`;
  const otherHosts = longestDue(sql`n.tenantId = ${tenantId} AND n.host <> ${host}`, now);
  const elsewhere = sql`CASE WHEN ${isCrowded} THEN ${otherHosts} END`;
  return wasDelivered ? sql`coalesce(${sameHost}, ${elsewhere})` : sql`coalesce(${elsewhere}, ${sameHost})`;
}

function longestDue(where: SQL, now: number): SQL {
  return sql`(SELECT n.id FROM webhook_deliveries AS n
    WHERE ${where} AND ${mayBeSent("n", now)} ORDER BY n.dueAt LIMIT 1)`;
}

/** The claim is in the SQL, so that of two who try at once only one gets it. */
function claim(which: SQL, now: number): SQL {
  const until = now + limits.webhookClaimMs;
  return sql`UPDATE webhook_deliveries AS d
    SET dueAt = ${until}, claimedUntil = ${until}, attempts = d.attempts + 1
    WHERE ${which}
    RETURNING id, tenantId, endpointId, url, host, eventId, eventType, attempts, claimedUntil,
      (SELECT at FROM events WHERE events.id = eventId) AS eventAt,
      (SELECT sequence FROM events WHERE events.id = eventId) AS eventSequence,
      (SELECT data FROM events WHERE events.id = eventId) AS eventData,
      (SELECT jobId FROM events WHERE events.id = eventId) AS jobId,
      (SELECT j.traceparent FROM events AS e JOIN jobs AS j ON j.id = e.jobId WHERE e.id = eventId) AS traceparent,
      (SELECT encryptedSecret FROM webhook_endpoints AS w WHERE w.id = endpointId) AS encryptedSecret,
      (SELECT encryptedPreviousSecret FROM webhook_endpoints AS w WHERE w.id = endpointId) AS encryptedPreviousSecret,
      (SELECT previousSecretUntil FROM webhook_endpoints AS w WHERE w.id = endpointId) AS previousSecretUntil`;
}

/**
 * True for a row that is due, that its endpoint lets pass, and for which there is room beside what is being sent. Jobs'
 * own URLs have no breaker, so they may not take all of a tenant's room.
 */
export function mayBeSent(row: "d" | "n", now: number): SQL {
  const r = sql.raw(row);
  const underWay = sql`SELECT count(*) FROM webhook_deliveries AS c WHERE c.tenantId = ${r}.tenantId AND c.claimedUntil > ${now}`;
  return sql`${r}.state = 'pending' AND ${r}.dueAt <= ${now} AND ${isOpen(row, now)}
    AND (${underWay} AND c.host = ${r}.host) < ${atOnceTo(row)}
    AND (${underWay}) < ${limits.webhooksPerTenantAtOnce}
    AND (${r}.endpointId <> '' OR (${underWay} AND c.endpointId = '') < ${limits.webhooksOfJobsAtOnce})`;
}

/**
 * True while its address has proved that it wants to be called, and its endpoint is enabled and not paused. A job's own
 * webhookUrl is never paused. What asks for the proof goes before it, as long as its host is not asked too often.
 */
export function isOpen(row: "d" | "n", now: number): SQL {
  const r = sql.raw(row);
  return sql`CASE WHEN ${r}.eventType = 'webhook.verify' THEN ${mayBeAsked(row, now)}
    WHEN ${r}.endpointId = '' THEN ${isProved(sql`${r}.tenantId`, sql`${r}.url`)}
    ELSE EXISTS (SELECT 1 FROM webhook_endpoints AS w WHERE w.id = ${r}.endpointId
      AND w.verifiedAt IS NOT NULL AND w.disabledAt IS NULL AND coalesce(w.pausedUntil, 0) <= ${now}) END`;
}

/** Ever new addresses of one host are not asked without end: it may be somebody's who never wanted to hear of us. */
function mayBeAsked(row: "d" | "n", now: number): SQL {
  const r = sql.raw(row);
  const since = now - limits.webhookVerificationsWithinMs;
  return sql`((${r}.endpointId = '' OR EXISTS (SELECT 1 FROM webhook_endpoints AS w
      WHERE w.id = ${r}.endpointId AND w.disabledAt IS NULL))
    AND (SELECT count(*) FROM webhook_deliveries AS asked
      WHERE asked.tenantId = ${r}.tenantId AND asked.host = ${r}.host AND asked.createdAt > ${since}
        AND asked.eventType = 'webhook.verify' AND asked.state <> 'delivered' AND asked.attempts > 0
        AND asked.id <> ${r}.id) < ${limits.webhookVerificationsPerHost})`;
}

/** After a pause one at a time tries whether the endpoint is back. */
function atOnceTo(row: "d" | "n"): SQL {
  const r = sql.raw(row);
  return sql`CASE WHEN EXISTS (SELECT 1 FROM webhook_endpoints AS w
    WHERE w.id = ${r}.endpointId AND w.failures >= ${limits.webhookFailuresToPause})
    THEN 1 ELSE ${limits.webhooksPerHostAtOnce} END`;
}
