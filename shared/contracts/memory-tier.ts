import type { Demand } from "../jobs/demand.ts";

const GIB = 1024 ** 3;
const PREFIX = "memory:";

/** Sizes of memory that tasks are told apart by, GiB. What fits into the first is asked of no runner. */
const tiers = [2, 4, 8, 16, 32, 64, 128] as const;

/** What a task needs of a runner's memory, as `memory:8` (GiB); none where every runner has enough. */
export function memoryNeeds({ memoryBytes }: Pick<Demand, "memoryBytes">): string[] {
  const tier = tiers.find((gib) => memoryBytes <= gib * GIB) ?? tiers[tiers.length - 1];
  return tier === tiers[0] ? [] : [`${PREFIX}${tier}`];
}

/** The tier that a word names, GiB; null where it names none. */
export function readMemory(word: string): number | null {
  return tiers.slice(1).find((gib) => word === `${PREFIX}${gib}`) ?? null;
}

/** The most memory that a task can take whose needs name a tier, bytes; 0 where they name none. */
export function memoryNamed(needs: readonly string[]): number {
  return Math.max(0, ...needs.map((need) => readMemory(need) ?? 0)) * GIB;
}

/** Whether a task with these needs, as a lane has them, takes so much of a host's memory that the next may not fit. */
export function takesMemory(needs: string): boolean {
  return needs.split(" ").some((need) => need.startsWith(PREFIX));
}

/** The tiers that so much memory reaches. A host's is a little less than its maker says: what the kernel keeps is let pass. */
export function memoryTiers(bytes: number): string[] {
  return tiers
    .slice(1)
    .filter((gib) => bytes >= gib * GIB * 0.9)
    .map((gib) => `${PREFIX}${gib}`);
}
