import { useMay } from "../session/session.ts";

/** Why nothing can be changed here; undefined for those who may act. */
export function useLookOnly(): string | undefined {
  return useMay()("runners:write") ? undefined : "Only operators and admins of this installation may change the fleet.";
}

/** Says it once, where everybody reads it. */
export function LookOnly() {
  const reason = useLookOnly();
  return reason === undefined ? null : <p class="look-only soft">You may look, and not act. {reason}</p>;
}
