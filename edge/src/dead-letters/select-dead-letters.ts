import type { DeadLetterSelection } from "@reelway/shared/contracts/dead-letter";
import type { z } from "zod";
import type { Caller } from "../auth/principal.ts";
import type { Env } from "../env.ts";
import { findDeadLetters, listDeadLetters } from "../store/dead-letters.ts";
import type { JobRow } from "../store/rows.ts";
import { deadLetterScope } from "./scope.ts";

export interface SelectedDeadLetters {
  /** Whose they may be; null for everybody's. */
  readonly tenantId: string | null;
  /** As asked for, each once; with a filter those that were found. */
  readonly ids: readonly string[];
  readonly found: readonly JobRow[];
}

/** The failed jobs that a request names or describes. Throws `forbidden` for another tenant's filter. */
export async function selectDeadLetters(
  env: Env,
  caller: Caller,
  { ids, filter, limit }: z.output<typeof DeadLetterSelection>,
): Promise<SelectedDeadLetters> {
  const { tenantId: named, ...filters } = filter ?? {};
  const tenantId = deadLetterScope(caller, named);
  if (ids === undefined) {
    const found = await listDeadLetters(env, tenantId, filters, undefined, limit);
    return { tenantId, ids: found.map(({ id }) => id), found };
  }
  const wanted = [...new Set(ids)];
  return { tenantId, ids: wanted, found: await findDeadLetters(env, tenantId, wanted) };
}
