import type { QueueSettings } from "./commands.ts";

/**
 * The wait before the attempt after `attempt` (counted from 1), milliseconds: exponential with equal jitter, half of it
 * sure and half by `random` in [0, 1).
 */
export function attemptBackoffMs(
  attempt: number,
  random: number,
  settings: Pick<QueueSettings, "retryBaseMs" | "retryMaxMs">,
): number {
  const ceiling = Math.min(settings.retryMaxMs, settings.retryBaseMs * 2 ** (attempt - 1));
  return Math.round(ceiling / 2 + (random * ceiling) / 2);
}
