import type { DeadLetterOutcomes } from "@reelway/shared/contracts/dead-letter";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { markDiscarded } from "../store/dead-letters.ts";
import type { JobRow } from "../store/rows.ts";
import { outcomesOf } from "./outcomes.ts";
import type { SelectedDeadLetters } from "./select-dead-letters.ts";

/** Takes failed jobs off the list; nothing is deleted, and they can still be replayed. One that was discarded before stays so. */
export async function discardDeadLetters(
  env: Env,
  selected: SelectedDeadLetters,
  now: number,
  auditOf: (job: JobRow) => AuditEntry,
): Promise<DeadLetterOutcomes> {
  const { tenantId, found } = selected;
  const before = found.filter(({ discardedAt }) => discardedAt !== null).map(({ id }) => id);
  const fresh = found.filter(({ discardedAt }) => discardedAt === null);
  if (fresh.length === 0) return outcomesOf(selected, "discarded", new Set(before));
  const ids = fresh.map(({ id }) => id);
  const discarded = await markDiscarded(env, tenantId, ids, now, fresh.map(auditOf));
  return outcomesOf(selected, "discarded", new Set([...before, ...discarded]));
}
