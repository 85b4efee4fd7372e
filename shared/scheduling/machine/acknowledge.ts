import type { AcknowledgeCommand } from "../commands.ts";
import type { Draft } from "./draft.ts";

/** Drops the events that the projection has stored. An older or repeated acknowledgement changes nothing. */
export function acknowledge(draft: Draft, { upToSequence }: AcknowledgeCommand): null {
  const upTo = Math.min(upToSequence, draft.before.lastSequence());
  if (upTo > draft.before.acknowledgedSequence()) draft.acknowledge(upTo);
  return null;
}
