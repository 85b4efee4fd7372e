import type { StoredPart } from "@reelway/shared/contracts/manifest";
import { toHex } from "../encoding/hex.ts";

/** Whether one file of a quality is made of this part: pictures and sound are. */
export function isJoined(part: string): boolean {
  return part === "audio" || part.startsWith("encode:");
}

/**
 * Which parts a file was joined of: SHA-256 over where they lie, since a prefix is of one attempt at one part. A part that
 * is made anew by the same plan has other bytes, and a file that was joined before has none of them.
 */
export async function joinedOf(parts: ReadonlyMap<string, Pick<StoredPart, "prefix">>): Promise<string> {
  const lines = [...parts].flatMap(([part, { prefix }]) => (isJoined(part) ? [`${part} ${prefix}`] : []));
  const text = new TextEncoder().encode(lines.sort().join("\n"));
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", text)));
}

/** The parts of earlier runs that still hold: not a file that was joined of other parts than there are now. */
export async function partsThatHold(parts: ReadonlyMap<string, StoredPart>): Promise<ReadonlySet<string>> {
  const joined = await joinedOf(parts);
  const holds = ([, { madeOf }]: [string, StoredPart]) => madeOf === undefined || madeOf === joined;
  return new Set([...parts].filter(holds).map(([part]) => part));
}
