import type { Lane } from "./store.ts";

/** A task's lane name from the capabilities it needs: sorted, without repeats, joined by a space. */
export function laneNeeds(needs: readonly string[]): string {
  return [...new Set(needs)].sort().join(" ");
}

/** Whether a runner with these capabilities may have the tasks of a lane: all that the lane needs is there. */
export function canServe(capabilities: ReadonlySet<string>, needs: string): boolean {
  return needs === "" || needs.split(" ").every((need) => capabilities.has(need));
}

/** What a runner can do beside the tasks that it has. */
export function ableNow({
  capabilities,
  taken = [],
}: {
  readonly capabilities: readonly string[];
  readonly taken?: readonly string[] | undefined;
}): ReadonlySet<string> {
  const able = new Set(capabilities);
  for (const capability of taken) able.delete(capability);
  return able;
}

/** A lane as one text. A line break is in none of its parts and sorts before all else: lanes sort as their parts do. */
export function laneKey({ needs, tenantId, recipe }: Lane): string {
  return `${needs}\n${tenantId}\n${recipe}`;
}
