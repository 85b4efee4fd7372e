/**
 * Bits a second that a segment of so many seconds takes at most, in a rendition with this ceiling: it may begin with a full
 * buffer, which holds one second of it.
 */
export function segmentCeiling(maxKbps: number, segmentSeconds: number): number {
  return maxKbps * Math.ceil(1_000 * (1 + 1 / segmentSeconds));
}
