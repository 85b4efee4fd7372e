/** What a Range header asks of a file (RFC 9110 §14): the whole, one part, or something outside it. */
export type RangeRequest =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly offset: number; readonly length: number }
  | { readonly kind: "unsatisfiable" };

const WHOLE: RangeRequest = { kind: "whole" };
/** More digits than any file has bytes. */
const ONE_RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/;

/** Several ranges at once and other units are answered with the whole file, as the RFC allows. */
export function parseRange(header: string | undefined, bytes: number): RangeRequest {
  const [, first, last] = ONE_RANGE.exec((header ?? "").replaceAll(" ", "")) ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return WHOLE;
  if (first === "") return lastBytes(Number(last), bytes);
  const offset = Number(first);
  const end = last === "" ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (last !== "" && Number(last) < offset) return WHOLE;
  if (offset >= bytes) return { kind: "unsatisfiable" };
  return { kind: "part", offset, length: end - offset + 1 };
}

function lastBytes(wanted: number, bytes: number): RangeRequest {
  if (wanted === 0 || bytes === 0) return { kind: "unsatisfiable" };
  const length = Math.min(wanted, bytes);
  return { kind: "part", offset: bytes - length, length };
}

/** Whether If-None-Match names this strong ETag (with quotes); weak comparison, RFC 9110 §13.1.2. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === "*") return true;
  return header.split(",").some((candidate) => candidate.trim().replace(/^W\//, "") === etag);
}

/** Whether the range still applies: without If-Range, or when it is this very ETag (RFC 9110 §13.1.5). */
export function rangeApplies(ifRange: string | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange.trim() === etag;
}
