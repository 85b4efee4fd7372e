import { createHash } from "node:crypto";

/** Less is encoded in so little time that a second look would be much of it, seconds. */
const endFrom = 12;
/** Of what is longer, one more look is hardly anything, seconds. */
const betweenFrom = 60;
/** How far before its end it is looked at last, seconds. */
const beforeEnd = 1;

/**
 * Seconds of a result at which it is looked at: where it begins; where it ends, since what breaks on the way mostly stays
 * broken; and of a long one at a place in between, which its task draws.
 */
export function spotsOf(lengthSeconds: number | null, task: string): readonly number[] {
  if (lengthSeconds === null || lengthSeconds < endFrom) return [0];
  const last = lengthSeconds - beforeEnd;
  return [0, ...(lengthSeconds < betweenFrom ? [] : [toMillisecond(drawn(task) * last)]), toMillisecond(last)];
}

/** Of a ladder all is looked at where it begins; anywhere else one rendition, which task and place draw. */
export function renditionsAt<Rendition>(
  renditions: readonly Rendition[],
  at: number,
  task: string,
): readonly Rendition[] {
  const place = Math.floor(drawn(`${task} ${at}`) * renditions.length);
  return at === 0 ? renditions : renditions.slice(place, place + 1);
}

/** From 0 to 1, always the same for one key. */
function drawn(key: string): number {
  return createHash("sha256").update(key).digest().readUInt32BE(0) / 2 ** 32;
}

function toMillisecond(seconds: number): number {
  return Number(seconds.toFixed(3));
}
