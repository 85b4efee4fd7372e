import { limits } from "./limits.ts";

const MIB = 1024 * 1024;

/** The size of every part but the last of a multipart upload of so many bytes: whole MiB, and few enough parts. */
export function partBytesFor(bytes: number): number {
  const smallest = Math.ceil(bytes / limits.partsPerUpload / MIB) * MIB;
  return Math.max(limits.partBytesDefault, limits.partBytesMin, smallest);
}
