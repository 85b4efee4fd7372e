import type { Circumstances, FailCommand, FailReply } from "../commands.ts";
import type { Draft } from "./draft.ts";
import { endAttempt } from "./end-attempt.ts";
import { heldLease } from "./held-lease.ts";

/** Takes a runner's word that its attempt failed. */
export function fail(draft: Draft, command: FailCommand, circumstances: Circumstances): FailReply {
  const task = heldLease(draft, command);
  if (!task) return "lease_lost";
  const { error, retryable } = command;
  return endAttempt(draft, task, { outcome: "failed", error, retryable }, circumstances);
}
