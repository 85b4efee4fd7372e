import type { DeadLetterOutcomes } from "@reelway/shared/contracts/dead-letter";
import type { ErrorCode } from "@reelway/shared/errors/catalogue";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { SelectedDeadLetters } from "./select-dead-letters.ts";

/** What became of each id: done, or refused with its code; what was not found answers like what does not exist. */
export function outcomesOf(
  { ids, found }: SelectedDeadLetters,
  outcome: "replayed" | "discarded",
  done: ReadonlySet<string>,
  refusals: ReadonlyMap<string, ErrorCode> = new Map(),
): DeadLetterOutcomes {
  const known = new Set(found.map(({ id }) => id));
  const items = ids.map((id): DeadLetterOutcomes["items"][number] => {
    if (done.has(id)) return { id, outcome, code: null };
    return { id, outcome: "refused", code: known.has(id) ? (refusals.get(id) ?? "illegal_move") : "not_found" };
  });
  return { done: done.size, refused: items.length - done.size, items };
}

/** The answer for one job alone: its refusal is the request's. Throws it. */
export function onlyOutcome(outcomes: DeadLetterOutcomes): void {
  const [item] = outcomes.items;
  if (item?.code) throw new ReelwayError(item.code);
}
