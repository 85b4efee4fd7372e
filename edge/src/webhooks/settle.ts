import type { WebhookDeliveryState } from "@reelway/shared/contracts/webhook";
import { limits } from "@reelway/shared/limits";
import { type SQL, sql } from "drizzle-orm";
import { auditOfSystem } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "../store/audit-log.ts";
import { type Database, databaseOf } from "../store/database.ts";
import { statementOf } from "../store/statement.ts";
import { isAsked } from "../store/webhook-verifications.ts";
import { endpointGone } from "../store/webhooks.ts";
import { type Claimed, claimNext, findNext, isOpen } from "./claim.ts";
import type { Attempt } from "./send.ts";
import { verificationType } from "./verification.ts";

const { webhookFailuresToPause: toPause, webhookPauseMs: pauseMs, webhookPauseMaxMs: pauseMaxMs } = limits;
/** 2^6 minutes is more than the longest pause. */
const mostDoublings = 6;
const GONE = 410;

export interface Settlement {
  readonly now: number;
  /** In [0, 1). */
  readonly random: number;
  /** Whether the caller goes on with the one that follows, or only wants to know of it. */
  readonly goesOn: boolean;
}

export interface Settled {
  /** How the delivery stands now; undefined when the claim had run out and is another's. */
  readonly state: WebhookDeliveryState | undefined;
  /** When it is tried next. */
  readonly dueAt: number | null;
  /** The one that follows, claimed. */
  readonly next: Claimed | undefined;
  /** The id of the one that follows, not claimed. */
  readonly nextId: string | undefined;
}

/**
 * Stores what became of an attempt, with what it means for its endpoint (a proof, a pause, the end of one, being
 * disabled), and takes the delivery that follows: one batch. So a message that found the host or the tenant busy may be
 * dropped: whoever was busy sees its delivery here. Nothing changes when the claim is no longer ours.
 */
export async function settle(
  env: Env,
  claimed: Claimed,
  attempt: Attempt,
  { now, random, goesOn }: Settlement,
): Promise<Settled> {
  const database = databaseOf(env);
  const { tenantId, host } = claimed;
  const ended = { tenantId, host, wasDelivered: attempt.outcome === "delivered" };
  const statements = [
    ...auditsOfEndpoint(database, claimed, attempt, now),
    endpointAfter(claimed, attempt, now),
    disableWhenHopeless(claimed, attempt, now),
    deliveryAfter(claimed, attempt, now, random),
    goesOn ? claimNext(ended, now) : findNext(ended, now),
  ];
  const results = await env.DB.batch<Stands | Claimed | NextId>(statements.map((query) => statementOf(env, query)));
  const [stands] = results.at(-2)?.results ?? [];
  const [next] = results.at(-1)?.results ?? [];
  return {
    state: stands && "state" in stands ? stands.state : undefined,
    dueAt: stands && "state" in stands ? stands.dueAt : null,
    next: next && "claimedUntil" in next ? next : undefined,
    nextId: next && "id" in next && !("claimedUntil" in next) ? (next.id ?? undefined) : undefined,
  };
}

interface Stands {
  readonly state: WebhookDeliveryState;
  readonly dueAt: number | null;
}

interface NextId {
  readonly id: string | null;
}

/** When another attempt is made, milliseconds; null after the last one. Between 80 and 100 % of the wait, so that many spread out. */
export function retryAt(attempts: number, { outcome, status, retryAfterMs }: Attempt, now: number, random: number) {
  const waitMs = limits.webhookRetriesMs[attempts - 1];
  if (outcome !== "failed" || status === GONE || waitMs === undefined) return null;
  return now + Math.round(Math.max(waitMs * (0.8 + 0.2 * random), retryAfterMs ?? 0));
}

function deliveryAfter(claimed: Claimed, attempt: Attempt, now: number, random: number): SQL {
  const next = retryAt(claimed.attempts, attempt, now, random);
  const gone = sql`(endpointId <> '' AND NOT EXISTS (
    SELECT 1 FROM webhook_endpoints AS w WHERE w.id = endpointId AND w.disabledAt IS NULL))`;
  const ends = next === null ? sql`true` : gone;
  return sql`UPDATE webhook_deliveries SET
      state = CASE WHEN ${ends} THEN ${attempt.outcome} ELSE 'pending' END,
      dueAt = CASE WHEN ${ends} THEN NULL ELSE ${next} END,
      finishedAt = CASE WHEN ${ends} THEN ${now} END,
      claimedUntil = NULL, lastHeaders = ${JSON.stringify(attempt.headers)}, lastStatus = ${attempt.status},
      lastError = ${attempt.error}, lastResponse = ${attempt.response}, lastDurationMs = ${attempt.durationMs}
    WHERE ${isOurs(claimed)} RETURNING state, dueAt`;
}

/**
 * What the attempt means for the endpoint: every success wipes the slate, every failure counts, from the fifth on with a
 * pause. A verification proves the address that was called, or else nothing.
 */
function endpointAfter(claimed: Claimed, { outcome }: Attempt, now: number): SQL {
  const ofOurs = sql`id = ${claimed.endpointId} AND tenantId = ${claimed.tenantId} AND ${stillOurs(claimed)}`;
  if (claimed.eventType === verificationType)
    return sql`UPDATE webhook_endpoints SET verifiedAt = ${now}, failures = 0, failingSince = NULL, pausedUntil = NULL
      WHERE ${ofOurs} AND url = ${claimed.url} AND ${outcome} = 'delivered'`;
  if (outcome === "delivered")
    return sql`UPDATE webhook_endpoints SET failures = 0, failingSince = NULL, pausedUntil = NULL
      WHERE ${ofOurs} AND failures > 0`;
  const doublings = sql`min(max(failures + 1 - ${toPause}, 0), ${mostDoublings})`;
  const pauseEnds = sql`${now} + min(${pauseMs} << ${doublings}, ${pauseMaxMs})`;
  return sql`UPDATE webhook_endpoints SET
      failures = failures + 1,
      failingSince = coalesce(failingSince, ${now}),
      pausedUntil = CASE WHEN failures + 1 >= ${toPause} THEN max(coalesce(pausedUntil, 0), ${pauseEnds}) ELSE pausedUntil END
    WHERE ${ofOurs} AND disabledAt IS NULL`;
}

function disableWhenHopeless(claimed: Claimed, attempt: Attempt, now: number): SQL {
  return sql`UPDATE webhook_endpoints SET disabledAt = ${now}, disabledReason = ${reasonToDisable(attempt)}
    WHERE ${isHopeless(claimed, attempt, now)}`;
}

/** Lines of the audit log for a first pause and for being disabled; before the changes, whose conditions they share. */
function auditsOfEndpoint(database: Database, claimed: Claimed, attempt: Attempt, now: number) {
  const { tenantId, endpointId: resource } = claimed;
  const isPaused =
    attempt.outcome === "delivered" || claimed.eventType === verificationType
      ? sql`false`
      : sql`EXISTS (SELECT 1 FROM webhook_endpoints WHERE id = ${resource} AND tenantId = ${tenantId}
          AND disabledAt IS NULL AND failures + 1 = ${toPause}) AND ${stillOurs(claimed)}`;
  const isDisabled = sql`EXISTS (SELECT 1 FROM webhook_endpoints WHERE ${isHopeless(claimed, attempt, now)})`;
  const reason = reasonToDisable(attempt);
  const pause = auditOfSystem({ action: "webhook.pause", resource, tenantId, detail: { failures: toPause } });
  const disable = auditOfSystem({ action: "webhook.update", resource, tenantId, detail: { enabled: false, reason } });
  return [insertAudit(database, pause, isPaused), insertAudit(database, disable, isDisabled)] as const;
}

/** It wants no more, or has done nothing but fail for days. Who never proves itself is the sweep's. */
function isHopeless(claimed: Claimed, { outcome, status }: Attempt, now: number): SQL {
  if (outcome === "delivered" || (claimed.eventType === verificationType && status !== GONE)) return sql`false`;
  const since = status === GONE ? sql`true` : sql`failingSince <= ${now - limits.webhookDisableAfterMs}`;
  return sql`id = ${claimed.endpointId} AND tenantId = ${claimed.tenantId} AND disabledAt IS NULL
    AND ${since} AND ${stillOurs(claimed)}`;
}

function reasonToDisable({ status }: Attempt): string {
  if (status === GONE) return "The receiver answered 410 Gone";
  return `Every attempt failed for ${limits.webhookDisableAfterMs / 86_400_000} days`;
}

function isOurs({ id, claimedUntil }: Claimed): SQL {
  return sql`id = ${id} AND claimedUntil = ${claimedUntil} AND state = 'pending'`;
}

function stillOurs(claimed: Claimed): SQL {
  return sql`EXISTS (SELECT 1 FROM webhook_deliveries WHERE ${isOurs(claimed)})`;
}

/**
 * For the sweep: deliveries whose endpoint is no more or whose address did not prove itself, and those whose sender was
 * lost at the last attempt, end here, in bounded steps. So do addresses that could not even be asked.
 */
export async function endHopeless(env: Env, now: number, atMost: number): Promise<void> {
  const attempts = limits.webhookRetriesMs.length + 1;
  const hasNoEndpoint = sql`(d.endpointId <> '' AND NOT EXISTS (
    SELECT 1 FROM webhook_endpoints AS w WHERE w.id = d.endpointId AND w.disabledAt IS NULL))`;
  const isUnwanted = sql`(d.endpointId = '' AND d.eventType <> 'webhook.verify'
    AND NOT ${isAsked(sql`d.tenantId`, sql`d.url`)})`;
  // After a day of rest all is late, and nothing is hopeless.
  const isNeverAsked = sql`(d.eventType = 'webhook.verify' AND d.dueAt <= ${now - limits.webhookVerificationWaitMs}
    AND NOT ${isOpen("d", now)})`;
  const reason = sql`(SELECT CASE WHEN d.attempts >= ${attempts} THEN 'The last attempt was lost'
      WHEN ${isUnwanted} THEN ${addressUnproved} WHEN ${isNeverAsked} THEN ${hostCrowded} ELSE ${endpointGone} END
    FROM webhook_deliveries AS d WHERE d.id = webhook_deliveries.id)`;
  await databaseOf(env).run(sql`UPDATE webhook_deliveries
    SET state = 'failed', dueAt = NULL, claimedUntil = NULL, finishedAt = ${now}, lastError = ${reason}
    WHERE id IN (SELECT d.id FROM webhook_deliveries AS d
      WHERE d.dueAt <= ${now} AND (d.attempts >= ${attempts} OR ${hasNoEndpoint} OR ${isUnwanted} OR ${isNeverAsked})
      ORDER BY d.dueAt LIMIT ${atMost})`);
}

const addressUnproved = "The address has not proved that it wants to be called: it has to answer webhook.verify";
const hostCrowded = "Too many addresses of this host were asked, and none of them answered the challenge";
