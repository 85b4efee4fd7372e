import type { Webhook } from "@reelway/shared/contracts/webhook";
import { Badge } from "../../parts/badge.tsx";

const shown = {
  unverified: { tone: "warn", word: "Not verified" },
  enabled: { tone: "good", word: "Enabled" },
  paused: { tone: "warn", word: "Paused" },
  disabled: { tone: "bad", word: "Disabled" },
} as const;

export function EndpointState({ endpoint: { state } }: { endpoint: Webhook }) {
  return <Badge tone={shown[state].tone}>{shown[state].word}</Badge>;
}
