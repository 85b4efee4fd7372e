import { formatDuration } from "@reelway/shared/cli/terminal/units";
import type { WebhookDelivery, WebhookDeliveryState } from "@reelway/shared/contracts/webhook";
import type { Tone } from "../../parts/badge.tsx";

export const deliveryStates: Readonly<Record<WebhookDeliveryState, { tone: Tone; word: string }>> = {
  pending: { tone: "neutral", word: "Waiting" },
  delivered: { tone: "good", word: "Delivered" },
  failed: { tone: "bad", word: "Failed" },
  blocked: { tone: "bad", word: "Blocked" },
};

/** The same of one delivery: what waits after a try that failed is tried again. */
export function deliveryState({ state, attempts }: Pick<WebhookDelivery, "state" | "attempts">) {
  return state === "pending" && attempts > 0 ? ({ tone: "warn", word: "Retrying" } as const) : deliveryStates[state];
}

/** A call takes milliseconds, or so long that seconds will do. */
export function tookInWords(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : formatDuration(ms);
}
