import type { ResetBreakerCommand, ResetBreakerReply } from "../commands.ts";
import type { Draft } from "./draft.ts";

/** Forgets the failures of a party, whether it is paused for them or not. */
export function resetBreaker(draft: Draft, { key }: ResetBreakerCommand): ResetBreakerReply {
  const [breaker] = draft.breakers([key]);
  if (breaker) draft.deleteBreaker(key);
  return breaker !== undefined;
}
