import type { AuditVerification } from "@reelway/shared/contracts/audit";
import { limits } from "@reelway/shared/limits";
import type { Env } from "../env.ts";
import { type AuditSealRow, auditRowsAfter, auditRowsBetween, sealBefore, sealsAfter } from "../store/audit-log.ts";
import { type ChainedRow, chain, chainStart } from "./chain.ts";
import { type AuditExport, exportLine, readExportsFrom } from "./exports.ts";

type Broken = NonNullable<AuditVerification["broken"]>;
type Entries = ReadonlyMap<number, ChainedRow>;

/** A sealed row with its chain's hash. */
interface Link {
  readonly sequence: number;
  readonly hash: string;
}

/**
 * Recomputes the chain behind a sequence, a bounded number of seals at a time, and compares it with the seals and with
 * what was exported. Ends at the first row that is not as it was sealed. Behind the last seal it looks whether rows
 * were exported that the log no longer has: whoever cuts off its end cuts off the seals as well.
 */
export async function verifyAuditLog(env: Env, after: number): Promise<AuditVerification> {
  const start = await sealBefore(env, after);
  const seals = await sealsAfter(env, start?.lastSequence ?? 0, limits.auditSealsPerVerification + 1);
  const looked = seals.slice(0, limits.auditSealsPerVerification);
  const more = seals.length > looked.length;
  let last: Link = { sequence: start?.lastSequence ?? 0, hash: start?.hash ?? chainStart };
  let rows = 0;
  for (const seal of looked) {
    // Rows begin with 1; what somebody slipped in before it must be seen too.
    const first = last.sequence === 0 ? Number.MIN_SAFE_INTEGER : last.sequence + 1;
    // One more than there can be: what is too much must be seen, and no more of it read.
    const found = await auditRowsBetween(env, first, seal.lastSequence, seal.rows + 1);
    const chained = await chain(found, last.hash);
    rows += chained.length;
    const broken = differenceUnder(seal, last, chained, await readExportsFrom(env, last.sequence + 1));
    if (broken) return { intact: false, verifiedTo: broken.sequence - 1, rows, more: false, broken };
    last = { sequence: seal.lastSequence, hash: seal.hash };
  }
  const broken = more ? undefined : await differenceBehind(env, last);
  return { intact: broken === undefined, verifiedTo: last.sequence, rows, more, broken: broken ?? null };
}

/** Compares a stretch of the log with its seal and its exports, row by row. */
function differenceUnder(
  seal: AuditSealRow,
  last: Link,
  chained: readonly ChainedRow[],
  exports: readonly AuditExport[],
): Broken | undefined {
  const own = bySequence(chained);
  const sealed = exports.find(({ key }) => key === seal.objectKey);
  if (!sealed) return { sequence: last.sequence + 1, reason: "export_missing" };
  // No number is ever left out, so a row that is in neither was taken out before it was sealed.
  let next = last.sequence + 1;
  for (const sequence of sorted(own.keys(), sealed.lines.keys())) {
    if (sequence > next) return { sequence: next, reason: "row_missing" };
    const different = differenceAt(sequence, own, sealed);
    if (different) return different;
    if (sequence === next) next++;
  }
  if (sealed.strange) return { sequence: last.sequence + 1, reason: "export_changed" };
  if (chained.at(-1)?.hash !== seal.hash || chained.length !== seal.rows)
    return { sequence: seal.lastSequence, reason: "seal_changed" };
  return firstDifference(exports, own, seal.lastSequence);
}

/** Compares what was exported behind the last seal with the log: a sweep may have ended in between. */
async function differenceBehind(env: Env, last: Link): Promise<Broken | undefined> {
  const exports = await readExportsFrom(env, last.sequence + 1);
  if (exports.length === 0) return undefined;
  const rows = await auditRowsAfter(env, last.sequence, limits.auditRowsPerSeal);
  return firstDifference(exports, bySequence(await chain(rows, last.hash)), Number.MAX_SAFE_INTEGER);
}

/** The first row up to this sequence that one of the exports has otherwise than the log. */
function firstDifference(exports: readonly AuditExport[], own: Entries, upTo: number): Broken | undefined {
  const differences = exports.flatMap((exported) => {
    const looked = sorted(exported.lines.keys()).filter((sequence) => sequence <= upTo);
    return looked.flatMap((sequence) => differenceAt(sequence, own, exported) ?? []);
  });
  return differences.sort((a, b) => a.sequence - b.sequence)[0];
}

function differenceAt(sequence: number, own: Entries, { lines }: AuditExport): Broken | undefined {
  const entry = own.get(sequence);
  const exported = lines.get(sequence);
  if (!entry) return { sequence, reason: "row_missing" };
  if (!exported) return { sequence, reason: "row_added" };
  if (exported.text === exportLine(entry)) return undefined;
  // The same hash over other words: the words of the export were changed, not the row.
  return { sequence, reason: exported.hash === entry.hash ? "export_changed" : "row_changed" };
}

function bySequence(chained: readonly ChainedRow[]): Entries {
  return new Map(chained.map((entry) => [entry.row.sequence, entry]));
}

function sorted(...sequences: Iterable<number>[]): number[] {
  return [...new Set(sequences.flatMap((each) => [...each]))].sort((a, b) => a - b);
}
