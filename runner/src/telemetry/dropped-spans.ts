import type { DropReason } from "./bounded-export.ts";

const dropped: Record<DropReason, number> = { queue_full: 0, collector: 0 };

/** Tracing is one for the process, as the API's global tracer is, and so are these counts. */
export function countDropped(reason: DropReason, spans: number): void {
  dropped[reason] += spans;
}

/** Spans of this process that never reached the collector. */
export function droppedSpans(): Readonly<Record<DropReason, number>> {
  return dropped;
}
