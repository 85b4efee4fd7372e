import { createHash } from "node:crypto";

/** A result shorter than this is looked at where it begins, and nowhere else, seconds. */
const shortest = 4;
/** How far before its end it is looked at last, seconds. */
const beforeEnd = 1;

/**
 * Seconds of a result at which it is looked at: where it begins; where it ends, since what breaks on the way mostly stays
 * broken; and at one place in between, which `key` draws, so that the parts of a film are not all looked at in the same one.
 */
export function spotsOf(lengthSeconds: number | null, key: string): readonly number[] {
  if (lengthSeconds === null || lengthSeconds < shortest) return [0];
  const last = lengthSeconds - beforeEnd;
  return [0, Number((drawn(key) * last).toFixed(3)), Number(last.toFixed(3))];
}

/** From 0 to 1, always the same for one key. */
function drawn(key: string): number {
  return createHash("sha256").update(key).digest().readUInt32BE(0) / 2 ** 32;
}
