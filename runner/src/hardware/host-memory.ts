import { totalmem } from "node:os";

/** The memory of the host, or of the container that this runs in, bytes. */
export function hostMemoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
