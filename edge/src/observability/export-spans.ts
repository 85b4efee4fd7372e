import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { Env } from "../env.ts";
import { createLog } from "../http/log.ts";
import { count } from "./record.ts";
import { tracingOf } from "./tracer.ts";

/** A collector that is slower than this is away, milliseconds. */
const collectorMs = 5_000;

export function hasSpans(env: Env): boolean {
  return (tracingOf(env)?.buffer.size ?? 0) > 0;
}

/** Sends the ended spans to the collector (OTLP/HTTP with JSON). What it does not take is dropped and counted. Never throws. */
export async function exportSpans(env: Env): Promise<void> {
  const tracing = tracingOf(env);
  const spans = tracing?.buffer.take() ?? [];
  if (!tracing || spans.length === 0) return;
  const { endpoint, headers } = tracing.otlp;
  try {
    const response = await fetch(`${endpoint}/v1/traces`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JsonTraceSerializer.serializeRequest(spans) ?? "",
      signal: AbortSignal.timeout(collectorMs),
      // A collector does not send elsewhere; following would carry its credential along.
      redirect: "manual",
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the collector answered ${response.status}`);
  } catch (error) {
    count("reelway_trace_spans_dropped_total", { reason: "collector" }, spans.length);
    createLog().warn("spans not exported", { spans: spans.length, error });
  }
}
