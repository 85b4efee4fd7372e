import type { Breaker } from "@reelway/shared/contracts/breaker";
import type { Runner } from "@reelway/shared/contracts/runner";
import { counted } from "@reelway/shared/counted";
import { Badge, type Tone } from "../../parts/badge.tsx";
import { useBreakers } from "../use-fleet.ts";

interface Shown {
  readonly tone: Tone;
  readonly word: string;
  readonly why: string;
}

/** How a runner is, in a word and a sentence. */
export function shownRunner({ state, drainedAt, activeTasks, lastSeenAt }: Runner, pause: Breaker | undefined): Shown {
  if (state === "revoked") return { tone: "neutral", word: "Revoked", why: "Its credential is taken back for good." };
  if (state === "unknown")
    return { tone: "warn", word: "Unknown", why: "Its region's queue does not answer just now." };
  if (state === "offline")
    return {
      tone: drainedAt === null && lastSeenAt !== null ? "bad" : "neutral",
      word: lastSeenAt === null ? "Never seen" : "Offline",
      why:
        lastSeenAt === null
          ? "It has registered, and not asked for work yet."
          : "It has not been heard of for a while.",
    };
  if (state === "proving")
    return { tone: "warn", word: "Proving", why: "It finds out what its host can do, and takes nothing until then." };
  if (state === "draining")
    return activeTasks > 0
      ? { tone: "warn", word: "Draining", why: "It ends what it has, and takes nothing new." }
      : { tone: "warn", word: "Drained", why: "It is idle, and takes nothing new." };
  if (pause?.state === "open")
    return { tone: "bad", word: "Paused", why: "Its tasks keep failing: it gets nothing until it is tried again." };
  if (pause) return { tone: "warn", word: "On trial", why: "Its tasks kept failing: it gets one at a time for now." };
  return {
    tone: "good",
    word: "Online",
    why: activeTasks > 0 ? `Working on ${counted(activeTasks, "task")}.` : "It is idle, and takes what comes.",
  };
}

/** Who of the runners is paused: for those who may know. */
export function usePauseOf(): (runnerId: string) => Breaker | undefined {
  const { data } = useBreakers();
  return (runnerId) => data?.items.find(({ key }) => key === `runner:${runnerId}`);
}

export function RunnerBadge({ runner }: { runner: Runner }) {
  const { tone, word, why } = shownRunner(runner, usePauseOf()(runner.id));
  return (
    <span title={why}>
      <Badge tone={tone}>{word}</Badge>
    </span>
  );
}
