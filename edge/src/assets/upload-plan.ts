import { limits } from "@reelway/shared/limits";

const MIB = 1024 * 1024;

/** Sources up to the threshold go up in one PUT. */
export function isMultipart(bytes: number): boolean {
  return bytes > limits.multipartThresholdBytes;
}

/** The size of every part but the last, fixed for the whole upload: whole MiB, and few enough parts. */
export function partBytesFor(bytes: number): number {
  const smallest = Math.ceil(bytes / limits.partsPerUpload / MIB) * MIB;
  return Math.max(limits.partBytesDefault, limits.partBytesMin, smallest);
}

export function partCountOf(bytes: number, partBytes: number): number {
  return Math.ceil(bytes / partBytes);
}

/** The exact size that part `partNumber` (from 1) must have. */
export function bytesOfPart(bytes: number, partBytes: number, partNumber: number): number {
  return Math.min(partBytes, bytes - (partNumber - 1) * partBytes);
}
