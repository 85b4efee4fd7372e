import type { KindContext } from "../kind.ts";

/** A slow disk takes this much in a millisecond, bytes. */
const slowDiskBytesPerMs = 20_000;

/** How long the engine may take to write so many bytes, milliseconds. */
export function writingMs({ stallMs }: Pick<KindContext, "stallMs">, bytes: number): number {
  return stallMs + bytes / slowDiskBytesPerMs;
}
