import { setTimeout as delay } from "node:timers/promises";
import { controlPlaneSparedFrom, stormEveryMs, stormJitter } from "../settings.ts";
import { kills } from "./kills.ts";
import type { Ground, Storm } from "./storm.ts";
import { troubles } from "./troubles.ts";

/** A storm that struck. Times are milliseconds since the weather began. */
export interface Struck {
  readonly at: number;
  readonly endedAt: number;
  readonly name: string;
  readonly outcome: string;
}

export interface SeasonOptions {
  readonly weatherMs: number;
  /** From 0 up to 1, for the order and the times alone: what storms do must not change them. */
  readonly random: () => number;
  readonly onStruck: (struck: Struck) => void;
  /** A storm that could not do, or undo, what it is there for. */
  readonly onFailure: (name: string, error: unknown) => void;
}

/**
 * All storms in random order, then all again, one every few seconds, some while others still last, until the weather is
 * over. Every kind strikes before any strikes a second time. Resolves when the last has passed.
 */
export async function season(ground: Ground, { weatherMs, random, onStruck, onFailure }: SeasonOptions): Promise<void> {
  const since = Date.now();
  const now = () => Date.now() - since;
  const striking: Promise<void>[] = [];
  const next = deal(random);
  for (;;) {
    await delay(stormEveryMs * (1 + stormJitter * (2 * random() - 1)));
    if (now() >= weatherMs) break;
    const storm = next(now() >= controlPlaneSparedFrom * weatherMs);
    const at = now();
    striking.push(
      storm.strike(ground).then(
        (outcome) => {
          if (outcome !== null) onStruck({ at, endedAt: now(), name: storm.name, outcome });
        },
        (error: unknown) => onFailure(storm.name, error),
      ),
    );
  }
  await Promise.all(striking);
}

/** The next storm, again and again. `isSpared`: one that does not hit the control plane. */
export function deal(random: () => number): (isSpared: boolean) => Storm {
  let hand: Storm[] = [];
  return (isSpared) => {
    for (;;) {
      if (hand.length === 0) hand = shuffled([...kills, ...troubles], random);
      const storm = hand.pop();
      if (storm !== undefined && !(isSpared && storm.hitsControlPlane === true)) return storm;
    }
  };
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
