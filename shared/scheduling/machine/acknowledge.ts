import type { AcknowledgeCommand, Circumstances } from "../commands.ts";
import type { Draft } from "./draft.ts";

/**
 * Notes up to where the projection has stored the events. The newest of those stay for a while, to be read again. An
 * older or repeated acknowledgement changes nothing.
 */
export function acknowledge(
  draft: Draft,
  { upToSequence }: AcknowledgeCommand,
  { now, settings }: Circumstances,
): null {
  const upTo = Math.min(upToSequence, draft.before.lastSequence());
  if (upTo > draft.before.acknowledgedSequence())
    draft.acknowledge({
      upToSequence: upTo,
      forgetAt: now - settings.replayMs,
      forgetUpTo: upTo - settings.replayEvents,
    });
  return null;
}
