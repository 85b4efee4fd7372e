import type { House } from "../house/house.ts";
import type { Watch } from "../watch/watch.ts";

/** What a storm may use. */
export interface Ground {
  readonly house: House;
  readonly watch: Watch;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** So many jobs accepted all at once. */
  burst(jobs: number): Promise<void>;
}

/** One kind of bad luck. */
export interface Storm {
  readonly name: string;
  /** It ends a process of the control plane, which is spared later on. */
  readonly hitsControlPlane?: true;
  /** Answers what came of it, or null when there was nothing to hit. It leaves nothing broken behind. */
  readonly strike: (ground: Ground) => Promise<string | null>;
}

export function oneOf<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("there is nothing to choose from");
  return item;
}
