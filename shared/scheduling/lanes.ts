import { meets, without } from "../contracts/matching.ts";
import type { Lane } from "./store.ts";

/** A task's lane name from the capabilities it needs: sorted, without repeats, joined by a space. */
export function laneNeeds(needs: readonly string[]): string {
  return [...new Set(needs)].sort().join(" ");
}

/** A lane's needs one by one. */
export function needsOf(needs: string): string[] {
  return needs === "" ? [] : needs.split(" ");
}

/** Whether a runner with these capabilities may have the tasks of a lane: all that the lane needs is there. */
export function canServe(capabilities: ReadonlySet<string>, needs: string): boolean {
  return needsOf(needs).every((need) => meets(capabilities, need));
}

/** What a runner can do beside the tasks that it has. */
export function ableNow({
  capabilities,
  taken = [],
}: {
  readonly capabilities: readonly string[];
  readonly taken?: readonly string[] | undefined;
}): ReadonlySet<string> {
  return without(capabilities, taken);
}

/** A lane as one text. A line break is in none of its parts and sorts before all else: lanes sort as their parts do. */
export function laneKey({ needs, tenantId, recipe }: Lane): string {
  return `${needs}\n${tenantId}\n${recipe}`;
}
