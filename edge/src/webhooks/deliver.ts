import { traceIdOf } from "@reelway/shared/telemetry/trace-id";
import { version } from "@reelway/shared/version";
import type { Env } from "../env.ts";
import { createLog, type Log } from "../http/log.ts";
import { count } from "../observability/record.ts";
import { SpanKind, startSpan } from "../observability/spans.ts";
import { type Settings, settingsOf } from "../settings.ts";
import { type Claimed, claimDelivery } from "./claim.ts";
import { payloadOf } from "./payload.ts";
import { jobSecret, unsealSecret } from "./secrets.ts";
import { type Attempt, sendWebhook } from "./send.ts";
import { type Settled, settle } from "./settle.ts";
import { signedHeaders, timestampOf } from "./sign.ts";
import { challengeOf, dataWithChallenge, verificationType } from "./verification.ts";

/**
 * A chain of deliveries ends after this long or so many, and a message begins the next: background work may last 30 s,
 * and the calls that an invocation may make are counted.
 */
const chainMs = 15_000;
const chainLength = 75;
/** Queues hold a message back for at most this long. */
const longestDelayMs = 12 * 3_600_000;

/** Takes a delivery on, if it may be sent now, and answers the work of sending it and what follows. */
export async function takeOn(env: Env, deliveryId: string): Promise<(() => Promise<void>) | undefined> {
  const claimed = await claimDelivery(env, deliveryId, Date.now());
  return claimed && (() => deliverFrom(env, claimed));
}

/** Sends a claimed delivery, then those that follow (`settle`), one after the other. Never throws. */
async function deliverFrom(env: Env, first: Claimed): Promise<void> {
  const goesOnUntil = Date.now() + chainMs;
  let length = 0;
  for (let claimed: Claimed | undefined = first; claimed; ) {
    length += 1;
    const log = createLog({
      deliveryId: claimed.id,
      webhookId: claimed.endpointId || undefined,
      tenantId: claimed.tenantId,
      jobId: claimed.jobId ?? undefined,
      traceId: traceIdOf(claimed.traceparent),
    });
    try {
      const attempt = await tracedAttempt(env, claimed);
      const now = Date.now();
      const goesOn = now < goesOnUntil && length < chainLength;
      const settled = await settle(env, claimed, attempt, { now, random: Math.random(), goesOn });
      tell(log, claimed, attempt, settled);
      await sendMessages(env, claimed.id, settled, now).catch((error) => log.warn("webhooks not hurried", { error }));
      claimed = settled.next;
    } catch (error) {
      // The claim runs out, and the sweep finds it then.
      log.error("webhook not settled", { error });
      return;
    }
  }
}

/** A span of the job's trace. The receiver is not told its context: traces are ours, and receivers are not. */
async function tracedAttempt(env: Env, claimed: Claimed): Promise<Attempt> {
  const { id, eventType, attempts, jobId, traceparent } = claimed;
  const span = startSpan(env, "webhook", traceparent, {
    kind: SpanKind.CLIENT,
    attributes: { "reelway.delivery_id": id, "reelway.event": eventType, "reelway.attempt": attempts },
  });
  span?.set({ "reelway.job_id": jobId ?? "" });
  const attempt = await makeAttempt(settingsOf(env), claimed);
  if (attempt.status !== null) span?.set({ "http.response.status_code": attempt.status });
  span?.end(attempt.outcome === "delivered" ? undefined : attempt.outcome);
  return attempt;
}

async function makeAttempt(settings: Settings, claimed: Claimed): Promise<Attempt> {
  const { eventAt, eventSequence, eventData, url, eventId, eventType } = claimed;
  const none = { headers: {}, status: null, response: null, durationMs: 0, retryAfterMs: null };
  if (eventAt === null || eventSequence === null || eventData === null)
    return { outcome: "blocked", error: "The event has been deleted", ...none };
  const now = Date.now();
  const challenge =
    eventType === verificationType ? await challengeOf(settings, claimed.id, timestampOf(now)) : undefined;
  const data = challenge === undefined ? eventData : dataWithChallenge(eventData, challenge);
  const body = payloadOf({ type: eventType, at: eventAt, sequence: eventSequence, data });
  const secrets = await secretsOf(settings, claimed, now).catch(() => undefined);
  if (!secrets) return { outcome: "failed", error: "The endpoint's secret can't be opened: rotate it", ...none };
  const signed = await signedHeaders({ id: eventId, at: now, body }, secrets);
  const headers = { "content-type": "application/json", "user-agent": `reelway-webhooks/${version}`, ...signed };
  return sendWebhook({ url, headers, body, challenge }, settings.urlPolicy);
}

/** The current secret, and the one before as long as it holds. */
async function secretsOf(settings: Settings, claimed: Claimed, now: number): Promise<string[]> {
  const { tenantId, endpointId: id, encryptedSecret, encryptedPreviousSecret, previousSecretUntil } = claimed;
  if (id === "" || encryptedSecret === null) return [await jobSecret(settings, tenantId)];
  const overlaps = encryptedPreviousSecret !== null && (previousSecretUntil ?? 0) > now;
  const sealed = overlaps ? [encryptedSecret, encryptedPreviousSecret] : [encryptedSecret];
  return Promise.all(sealed.map((text) => unsealSecret(settings, { tenantId, id }, text)));
}

/** Messages only hurry: the next attempt of this one, and a chain that was cut. */
async function sendMessages(env: Env, deliveryId: string, { dueAt, nextId }: Settled, now: number): Promise<void> {
  if (dueAt !== null) {
    const delaySeconds = Math.ceil(Math.min(dueAt - now, longestDelayMs) / 1_000);
    await env.WEBHOOKS.send({ deliveryId }, { delaySeconds });
  }
  if (nextId !== undefined) await env.WEBHOOKS.send({ deliveryId: nextId });
}

function tell(log: Log, { eventType, attempts }: Claimed, { status, error, durationMs }: Attempt, settled: Settled) {
  if (settled.state === undefined) return log.warn("webhook sent under a claim that had run out");
  const outcome = settled.state === "pending" ? "retrying" : settled.state;
  count("reelway_webhook_deliveries_total", { outcome });
  const fields = { event: eventType, outcome, attempts, status, durationMs };
  if (outcome === "delivered") log.info("webhook sent", fields);
  else log.warn("webhook not delivered", { ...fields, reason: error, dueAt: settled.dueAt });
}
