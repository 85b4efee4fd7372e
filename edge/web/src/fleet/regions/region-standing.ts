import type { RegionReport } from "@reelway/shared/contracts/region";
import type { Runner } from "@reelway/shared/contracts/runner";
import type { Tone } from "../../parts/badge.tsx";

/** How a region does, in a word and a sentence. */
export interface RegionStanding {
  readonly tone: Tone;
  readonly word: string;
  /** What there is to say beyond the word. */
  readonly why: string;
}

/** `runners`: those that are registered there and not revoked. */
export function standingOf({ state, operation, queue }: RegionReport, runners: readonly Runner[]): RegionStanding {
  if (state === "drained")
    return { tone: "warn", word: "Drained", why: drainedBecause(operation?.drainReason ?? null) };
  if (queue === null) return { tone: "bad", word: "Away", why: "Its queue does not answer. What runs there goes on." };
  if (state === "failing_over")
    return { tone: "bad", word: "Failing over", why: "Its waiting jobs are moved to other regions." };
  if (operation?.liveRunners === 0)
    return {
      tone: queue.ready > 0 ? "bad" : "neutral",
      word: "No runner",
      why: nobodyBecause(queue.ready > 0, runners),
    };
  return { tone: "good", word: "Serving", why: "Takes what comes." };
}

function nobodyBecause(jobsWait: boolean, runners: readonly Runner[]): string {
  if (runners.length > 0 && runners.every(({ drainedAt }) => drainedAt !== null))
    return runners.length === 1
      ? "Its only runner is drained: resume it, or add one."
      : "All its runners are drained: resume one, or add one.";
  return jobsWait ? "Jobs wait, and nobody works there." : "Nobody works there, and nothing waits.";
}

function drainedBecause(reason: string | null): string {
  return reason === null ? "Nothing new goes there." : `${reason}.`.replace(/[.!?]\.$/, ".");
}
