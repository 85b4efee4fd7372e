import { type Attributes, context, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { parseTraceParent } from "@opentelemetry/core";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";

const tracer = trace.getTracer("reelway");

/** Does a part of the work in a span below the current one. Attributes are ids, names and counts, never URLs or texts. */
export function inSpan<Answer>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<Answer>,
): Promise<Answer> {
  return tracer.startActiveSpan(name, { attributes }, (span) => ending(span, work));
}

/** The same for a whole task, below the span whose context came with its lease. */
export function inTaskSpan<Answer>(
  traceparent: string | undefined,
  attributes: Attributes,
  work: (span: Span) => Promise<Answer>,
): Promise<Answer> {
  const parent = traceparent === undefined ? null : parseTraceParent(traceparent);
  const above = parent ? trace.setSpanContext(context.active(), { ...parent, isRemote: true }) : context.active();
  const options = { kind: SpanKind.CONSUMER, attributes };
  return tracer.startActiveSpan("task", options, above, (span) => ending(span, work));
}

/** The current span's context as a header; undefined outside of any. */
export function currentTraceparent(): string | undefined {
  const current = trace.getSpanContext(context.active());
  return current && `00-${current.traceId}-${current.spanId}-${current.traceFlags & 1 ? "01" : "00"}`;
}

async function ending<Answer>(span: Span, work: (span: Span) => Promise<Answer>): Promise<Answer> {
  try {
    return await work(span);
  } catch (error) {
    failed(span, error instanceof ReelwayError ? error.code : "unknown");
    throw error;
  } finally {
    span.end();
  }
}

/** Says of a span why its work failed: the code alone, since messages may quote what a user gave. */
export function failed(span: Span, code: string): void {
  span.setAttribute("error.type", code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
