import { withoutControlsInLines } from "@reelway/shared/contracts/text";
import { limits } from "@reelway/shared/limits";
import { guardUrl, type UrlPolicy } from "@reelway/shared/net/url-guard";
import { answersChallenge } from "./verification.ts";

export interface WebhookRequestParts {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What the answer has to hold, if it is to prove that the receiver wants to be called. */
  readonly challenge?: string | undefined;
}

/** What became of one attempt. */
export interface Attempt {
  readonly outcome: "delivered" | "failed" | "blocked";
  readonly headers: Readonly<Record<string, string>>;
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly error: string | null;
  /** The beginning of the answer, without control characters. */
  readonly response: string | null;
  readonly durationMs: number;
  /** How long the receiver asks us to wait, from a 429 or 503. */
  readonly retryAfterMs: number | null;
}

/**
 * Calls a receiver once. Redirects are not followed, no more than 4 KiB of the answer is read, and all of it ends after
 * 10 seconds. Never throws: whatever went wrong is the outcome.
 */
export async function sendWebhook(
  { url, headers, body, challenge }: WebhookRequestParts,
  policy: UrlPolicy,
): Promise<Attempt> {
  const startedAt = Date.now();
  const attempt = (rest: Omit<Attempt, "headers" | "durationMs">): Attempt => ({
    headers,
    durationMs: Date.now() - startedAt,
    ...rest,
  });
  const none = { status: null, response: null, retryAfterMs: null };
  const guarded = guardUrl(url, policy);
  if (guarded.refused) return attempt({ outcome: "blocked", error: `The URL ${guarded.message}`, ...none });

  const signal = AbortSignal.timeout(limits.webhookTimeoutMs);
  try {
    const answer = await fetch(guarded.url, { method: "POST", headers, body, redirect: "manual", signal });
    const { status } = answer;
    const text = await beginningOf(answer);
    const response = withoutControlsInLines(text).slice(0, limits.webhookResponseKept);
    const retryAfterMs = retryAfterOf(answer, startedAt);
    const error = errorOf(answer, text, challenge);
    return attempt({ outcome: error === null ? "delivered" : "failed", status, error, response, retryAfterMs });
  } catch {
    const error = signal.aborted
      ? `There was no answer within ${limits.webhookTimeoutMs / 1_000} seconds`
      : "The connection failed";
    return attempt({ outcome: "failed", error, ...none });
  }
}

function errorOf({ ok, status }: Response, text: string, challenge: string | undefined): string | null {
  if (ok && (challenge === undefined || answersChallenge(text, challenge))) return null;
  if (ok) return `The receiver answered ${status} without the challenge: it has to send back data.challenge`;
  if (status >= 300 && status < 400) return `The receiver answered ${status}: redirects are not followed`;
  if (status === 410) return "The receiver answered 410: it wants no more of these";
  return `The receiver answered ${status}`;
}

/** At most 4 KiB are read, whatever there is. It is the status that counts: a body that breaks off is no failure. */
async function beginningOf({ body }: Response): Promise<string> {
  if (!body) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let bytes = 0; bytes < limits.webhookResponseBytes; ) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value.subarray(0, limits.webhookResponseBytes - bytes), { stream: true });
      bytes += value.byteLength;
    }
    await reader.cancel();
  } catch {
    // What there was until then is shown.
  }
  return text;
}

/** Seconds or a date (RFC 9110 §10.2.3), within our own bounds. */
function retryAfterOf({ status, headers }: Response, now: number): number | null {
  const text = headers.get("retry-after");
  if (text === null || (status !== 429 && status !== 503)) return null;
  const askedMs = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isFinite(askedMs) ? Math.min(Math.max(askedMs, 0), limits.webhookRetryAfterMaxMs) : null;
}
