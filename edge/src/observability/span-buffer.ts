import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import { count } from "./record.ts";

/** Spans that wait for the collector; what comes when it is full is dropped and counted. */
const spansAtMost = 2_048;

/**
 * Ended spans, until the next flush takes them. The batch processor of the SDK sets timers and awaits promises of its
 * own, which in a Worker belong to one request and must not serve another: this one holds plain data only.
 */
export class SpanBuffer implements SpanProcessor {
  #spans: ReadableSpan[] = [];

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.#spans.length < spansAtMost) this.#spans.push(span);
    else count("reelway_trace_spans_dropped_total", { reason: "queue_full" });
  }

  get size(): number {
    return this.#spans.length;
  }

  take(): ReadableSpan[] {
    return this.#spans.splice(0);
  }

  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}
