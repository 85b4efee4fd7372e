import type { TaskRecord } from "./records.ts";

/**
 * Who can be paused for failing again and again. A recipe's breaker is one tenant's alone: what fails for them may be
 * their sources or their own settings, and must not stop the same preset for others.
 */
export type BreakerParty = "runner" | "preset" | "tenant";

/** Keys of breakers; ids hold no colon, so a key names its party for certain. */
export const runnerKey = (runnerId: string) => `runner:${runnerId}`;
export const tenantKey = (tenantId: string) => `tenant:${tenantId}`;
export const presetKey = (recipe: string, tenantId: string) => `preset:${recipe}:${tenantId}`;

/** The breakers of the parties to a task; a task without a recipe has none for it. */
export function keysOfTask({ tenantId, recipe }: Pick<TaskRecord, "tenantId" | "recipe">): string[] {
  return [tenantKey(tenantId), ...(recipe === "" ? [] : [presetKey(recipe, tenantId)])];
}

export interface BreakerSubject {
  readonly party: BreakerParty;
  readonly runnerId: string | null;
  readonly recipe: string | null;
  readonly tenantId: string | null;
}

/** Whose breaker a key names; undefined where it is none. */
export function subjectOf(key: string): BreakerSubject | undefined {
  const [party, ...rest] = key.split(":");
  const name = rest.join(":");
  const nobody = { runnerId: null, recipe: null, tenantId: null };
  if (name === "") return undefined;
  if (party === "runner") return { ...nobody, party, runnerId: name };
  if (party === "tenant") return { ...nobody, party, tenantId: name };
  const [, recipe, tenantId] = /^([^:]+):([^:]+)$/.exec(name) ?? [];
  return party === "preset" && recipe && tenantId ? { ...nobody, party, recipe, tenantId } : undefined;
}
