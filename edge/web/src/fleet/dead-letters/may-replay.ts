import { useMay } from "../../session/session.ts";

/** Why dead letters can't be replayed or discarded; undefined for those who may. */
export function useWhyNoReplay(): string | undefined {
  return useMay()("dead-letters:write")
    ? undefined
    : "Replaying and discarding need a member, an operator or an admin.";
}
