import { limits } from "@reelway/shared/limits";
import type { Env } from "../env.ts";
import { type AuditSealRow, auditRowsAfter, insertSeal, sealBefore } from "../store/audit-log.ts";
import { chain, chainStart } from "./chain.ts";
import { writeExport } from "./exports.ts";

/** Seals in one go; the rest waits for the next sweep. */
const sealsPerSweep = 10;

/** The sweep's part: chains the rows that no seal covers yet, exports them to R2, and writes the seals. */
export async function sealAuditLog(env: Env, now: number): Promise<void> {
  for (let count = 0; count < sealsPerSweep; count++) {
    const rows = await sealNext(env, now);
    if (rows < limits.auditRowsPerSeal) return;
  }
}

/** Answers how many rows it sealed. */
async function sealNext(env: Env, now: number): Promise<number> {
  const last = await sealBefore(env, Number.MAX_SAFE_INTEGER);
  const previous = last?.lastSequence ?? 0;
  const rows = await auditRowsAfter(env, previous, limits.auditRowsPerSeal);
  const [first, ...others] = await chain(rows, last?.hash ?? chainStart);
  if (!first) return 0;
  const end = others.at(-1) ?? first;
  // The export comes first: a seal says that it is there. A crash in between leaves bytes that the next seal may repeat.
  const objectKey = await writeExport(env, [first, ...others]);
  const seal: AuditSealRow = {
    firstSequence: first.row.sequence,
    lastSequence: end.row.sequence,
    rows: rows.length,
    hash: end.hash,
    objectKey,
    createdAt: now,
  };
  await insertSeal(env, seal, previous);
  return rows.length;
}
