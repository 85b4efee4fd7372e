import { toHex } from "../encoding/hex.ts";
import type { StoredAuditRow } from "../store/audit-log.ts";

/** What the first row is chained to. */
export const chainStart = "0".repeat(64);

export interface ChainedRow {
  readonly row: StoredAuditRow;
  /** SHA-256, in hex, of the hash before and this row's canonical JSON. */
  readonly hash: string;
}

/** Chains rows, oldest first, to the hash before them. */
export async function chain(rows: readonly StoredAuditRow[], previousHash: string): Promise<ChainedRow[]> {
  const chained: ChainedRow[] = [];
  let previous = previousHash;
  for (const row of rows) {
    const hash = await hashOf(row, previous);
    chained.push({ row, hash });
    previous = hash;
  }
  return chained;
}

/** JSON with sorted names and no spaces: the same row always gives the same bytes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

async function hashOf(row: StoredAuditRow, previous: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${previous}\n${canonicalJson(row)}`);
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, entry]) => [name, sorted(entry)]));
}
