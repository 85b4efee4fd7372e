import { isSpanContextValid, type SpanContext, TraceFlags } from "@opentelemetry/api";
import { parseTraceParent } from "@opentelemetry/core";

/** `00-<trace>-<span>-<flags>` (W3C Trace Context §3.2): which trace something belongs to, and which span caused it. */
export type Traceparent = string;

/** The context that this header names, as a remote one; undefined where it is missing or not valid, as §3.2 asks. */
export function contextOf(traceparent: string | null | undefined): SpanContext | undefined {
  const context = traceparent ? parseTraceParent(traceparent) : null;
  return context && isSpanContextValid(context) ? { ...context, isRemote: true } : undefined;
}

/** The header for what this span causes. Of the flags only `sampled` is passed on: the others are not ours to vouch for. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): Traceparent {
  return `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED) === 0 ? "00" : "01"}`;
}
