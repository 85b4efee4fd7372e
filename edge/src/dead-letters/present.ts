import type { Attempt, DeadLetter, DeadLetterDetail } from "@reelway/shared/contracts/dead-letter";
import type { AttemptRecord } from "@reelway/shared/scheduling/records";
import type { JobRow } from "../store/rows.ts";

/** A failed job in a list, with its source's name: without its log, and never where its files lie. */
export function presentDeadLetter(row: JobRow, sourceName: string | null): DeadLetter {
  const { id, tenantId, assetId, region, kind, preset, run, attempt, error, tags } = row;
  const { createdAt, finishedAt, discardedAt } = row;
  return {
    id,
    tenantId,
    assetId,
    sourceName,
    region,
    kind,
    preset,
    run,
    attempt,
    error: error && { code: error.code, message: error.message },
    tags,
    createdAt,
    finishedAt,
    discardedAt,
  };
}

export function presentDetail(
  row: JobRow,
  sourceName: string | null,
  attempts: readonly AttemptRecord[] | null,
): DeadLetterDetail {
  return { ...presentDeadLetter(row, sourceName), error: row.error, attempts: attempts?.map(presentAttempt) ?? null };
}

/** How an attempt ended. */
export function presentAttempt({ attempt, runnerId, startedAt, endedAt, outcome, error }: AttemptRecord): Attempt {
  return { attempt, runnerId, startedAt, endedAt, outcome, error: error ?? null };
}
