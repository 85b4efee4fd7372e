import { z } from "zod";
import { sign } from "../auth/signing.ts";
import { toHex } from "../encoding/hex.ts";
import type { Settings } from "../settings.ts";

/** The one call that goes to an address before it has proved that it wants calls. */
export const verificationType = "webhook.verify";

const CHALLENGE_BYTES = 24;
const Answer = z.object({ challenge: z.string() });

/**
 * What the receiver has to send back: another for each call, and known to nobody before it is made, so that no page can
 * be written that happens to hold it. `sentAt` is the call's webhook-timestamp, in seconds.
 */
export async function challengeOf(settings: Settings, deliveryId: string, sentAt: string): Promise<string> {
  const digest = await sign(settings, "webhook-challenge", `${deliveryId}\n${sentAt}`);
  return toHex(digest.slice(0, CHALLENGE_BYTES));
}

/** The event's `data` as this call tells it. It is not at the top of the body, so that a mere echo is no answer. */
export function dataWithChallenge(data: string, challenge: string): string {
  return JSON.stringify({ ...z.record(z.string(), z.unknown()).parse(JSON.parse(data)), challenge });
}

/** True for the challenge alone, as text or as `{"challenge": "…"}`: not for a page that merely contains it. */
export function answersChallenge(text: string, challenge: string): boolean {
  return text.trim() === challenge || challengeIn(text) === challenge;
}

function challengeIn(text: string): string | undefined {
  try {
    return Answer.safeParse(JSON.parse(text)).data?.challenge;
  } catch {
    return undefined;
  }
}
