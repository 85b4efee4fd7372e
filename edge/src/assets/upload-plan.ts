import { limits } from "@reelway/shared/limits";

/** Sources up to the threshold go up in one PUT. */
export function isMultipart(bytes: number): boolean {
  return bytes > limits.multipartThresholdBytes;
}

export function partCountOf(bytes: number, partBytes: number): number {
  return Math.ceil(bytes / partBytes);
}

/** The exact size that part `partNumber` (from 1) must have. */
export function bytesOfPart(bytes: number, partBytes: number, partNumber: number): number {
  return Math.min(partBytes, bytes - (partNumber - 1) * partBytes);
}
