import type { Readable } from "node:stream";

/** An answer of whoever has a source: its bytes from `from` on. */
export interface SourceAnswer {
  readonly body: Readable;
  /** 0 where the whole file comes, whatever was asked for. */
  readonly from: number;
  /** Of the whole file; null where the server does not tell. */
  readonly totalBytes: number | null;
  /** What the next request must find unchanged to go on; null where the file can only be had anew. */
  readonly validator: string | null;
  readonly contentType: string | null;
}

/**
 * Asks for a source from byte `from` on, if it is still the one with this validator. Throws ReelwayError where asking
 * again is of no use, anything else where it may be.
 */
export type OpenSource = (from: number, validator: string | null, signal: AbortSignal) => Promise<SourceAnswer>;

/** The place of a partial answer and the size of the whole, from its Content-Range (RFC 9110 §14.4). */
export function placeOf(contentRange: string | undefined): { from: number; totalBytes: number | null } {
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(contentRange ?? "") ?? [];
  if (from === undefined) throw new Error("the server sent a part without its place");
  return { from: Number(from), totalBytes: total === "*" ? null : Number(total) };
}
