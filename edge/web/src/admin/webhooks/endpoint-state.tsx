import type { Webhook } from "@reelway/shared/contracts/webhook";
import { Badge } from "../../parts/badge.tsx";

const shown = {
  unverified: { tone: "warn", word: "Not verified" },
  enabled: { tone: "good", word: "Enabled" },
  failing: { tone: "warn", word: "Failing" },
  paused: { tone: "warn", word: "Paused" },
  disabled: { tone: "bad", word: "Disabled" },
} as const;

export function EndpointState({ endpoint: { state, failures } }: { endpoint: Webhook }) {
  const { tone, word } = state === "enabled" && failures > 0 ? shown.failing : shown[state];
  return <Badge tone={tone}>{word}</Badge>;
}
