import { setTimeout as delay } from "node:timers/promises";
import { isRetryable } from "@reelway/shared/errors/catalogue";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";

const againAfterMs = 500;
const giveUpAfterMs = 600_000;

/** Whether the weather may be the reason: the same call may succeed later. */
export function isWeather(error: unknown): error is ReelwayError {
  return error instanceof ReelwayError && isRetryable(error.code);
}

/**
 * Asks until there is an answer: for calls that may be repeated.
 * @throws the API's refusal; what kept failing, after ten minutes.
 */
export async function answered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  const until = performance.now() + giveUpAfterMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isWeather(error) || performance.now() > until) throw error;
      await delay(againAfterMs);
    }
  }
}
