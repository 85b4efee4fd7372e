import type { RegionReport } from "@reelway/shared/contracts/region";
import type { Tone } from "../../parts/badge.tsx";

/** How a region does, in a word and a sentence. */
export interface RegionStanding {
  readonly tone: Tone;
  readonly word: string;
  /** What there is to say beyond the word. */
  readonly why: string;
}

export function standingOf({ state, operation, queue }: RegionReport): RegionStanding {
  if (state === "drained")
    return { tone: "warn", word: "Drained", why: drainedBecause(operation?.drainReason ?? null) };
  if (queue === null) return { tone: "bad", word: "Away", why: "Its queue does not answer. What runs there goes on." };
  if (state === "failing_over")
    return { tone: "bad", word: "Failing over", why: "Its waiting jobs are moved to other regions." };
  if (operation?.liveRunners === 0)
    return queue.ready > 0
      ? { tone: "bad", word: "No runner", why: "Jobs wait, and nobody works there." }
      : { tone: "neutral", word: "No runner", why: "Nobody works there, and nothing waits." };
  return { tone: "good", word: "Serving", why: "Takes what comes." };
}

function drainedBecause(reason: string | null): string {
  return reason === null ? "Nothing new goes there." : `${reason}.`.replace(/[.!?]\.$/, ".");
}
