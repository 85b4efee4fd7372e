import type { ReadableSpan, SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace";

export const dropReasons = ["queue_full", "collector"] as const;
export type DropReason = (typeof dropReasons)[number];

type OnDropped = (reason: DropReason, spans: number, error?: Error) => void;

/**
 * Counts the spans on their way to the collector, from a span's end until the collector took it. No more than so many
 * are on it, and what is dropped is told: the SDK's own queue is bounded too, but loses in silence.
 */
export class BoundedExport {
  readonly #spansAtMost: number;
  readonly #onDropped: OnDropped;
  #underway = 0;

  constructor(spansAtMost: number, onDropped: OnDropped) {
    this.#spansAtMost = spansAtMost;
    this.#onDropped = onDropped;
  }

  /** In front of the SDK's queue. */
  entrance(queue: SpanProcessor): SpanProcessor {
    return {
      onStart: (span, context) => queue.onStart(span, context),
      onEnd: (span) => {
        if (this.#underway >= this.#spansAtMost) return this.#onDropped("queue_full", 1);
        this.#underway++;
        queue.onEnd(span);
      },
      forceFlush: () => queue.forceFlush(),
      shutdown: () => queue.shutdown(),
    };
  }

  /** Behind it. */
  exit(exporter: SpanExporter): SpanExporter {
    return {
      export: (spans: ReadableSpan[], tell) =>
        exporter.export(spans, (result) => {
          this.#underway -= spans.length;
          if (result.error) this.#onDropped("collector", spans.length, result.error);
          tell(result);
        }),
      shutdown: () => exporter.shutdown(),
    };
  }
}
