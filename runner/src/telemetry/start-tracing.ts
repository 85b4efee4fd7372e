import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { version } from "../version.ts";
import { BoundedExport } from "./bounded-export.ts";
import { countDropped } from "./dropped-spans.ts";

export interface TracingEnd {
  /** Sends what is left, within a few seconds. Never rejects. */
  stop(): Promise<void>;
}

/** A collector that is slower than this is away, milliseconds. */
const collectorMs = 5_000;
/** Spans that wait for the collector; what comes when there are so many is dropped and counted. */
const spansAtMost = 2_048;

/**
 * Sends spans to OTEL_EXPORTER_OTLP_ENDPOINT. Where none is set, nothing is even loaded, and every span in this process
 * is the API's empty one. A collector that is away costs spans, which are counted, and never work.
 */
export async function startTracing(
  { otlp, name, region }: Pick<Config, "otlp" | "name" | "region">,
  log: Logger,
): Promise<TracingEnd> {
  if (otlp === null) return { stop: async () => {} };
  const [
    { context, trace },
    { AsyncLocalStorageContextManager },
    { OTLPTraceExporter },
    { resourceFromAttributes },
    { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider },
  ] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/context-async-hooks"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
    import("@opentelemetry/sdk-trace"),
  ]);
  const exporter = new OTLPTraceExporter({
    url: `${otlp.endpoint}/v1/traces`,
    headers: otlp.headers,
    timeoutMillis: collectorMs,
  });
  const bounded = new BoundedExport(spansAtMost, (reason, spans, error) => {
    countDropped(reason, spans);
    if (error) log.warn({ spans, reason: error.message }, "spans not exported");
  });
  const queue = new BatchSpanProcessor({
    exporter: bounded.exit(exporter),
    maxQueueSize: spansAtMost,
    scheduledDelayMillis: 1_000,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      "service.name": "reelway-runner",
      "service.version": version,
      "service.instance.id": name,
      "reelway.region": region,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(otlp.sampleRatio) }),
    spanProcessors: [bounded.entrance(queue)],
    spanLimits: { attributeValueLengthLimit: 256 },
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return { stop: () => provider.shutdown().catch(() => undefined) };
}
