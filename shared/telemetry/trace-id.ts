/** Which trace something belongs to, by its W3C trace context (`00-<trace>-<span>-<flags>`, §3.2); undefined without one. */
export function traceIdOf(traceparent: string | null | undefined): string | undefined {
  return traceparent?.split("-")[1];
}
