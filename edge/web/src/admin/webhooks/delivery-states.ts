import { formatDuration } from "@reelway/shared/cli/terminal/units";
import type { WebhookDeliveryState } from "@reelway/shared/contracts/webhook";
import type { Tone } from "../../parts/badge.tsx";

export const deliveryStates: Readonly<Record<WebhookDeliveryState, { tone: Tone; word: string }>> = {
  pending: { tone: "accent", word: "On its way" },
  delivered: { tone: "good", word: "Delivered" },
  failed: { tone: "bad", word: "Failed" },
  blocked: { tone: "bad", word: "Blocked" },
};

/** A call takes milliseconds, or so long that seconds will do. */
export function tookInWords(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : formatDuration(ms);
}
