import { resourceFromAttributes } from "@opentelemetry/resources";
import { ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from "@opentelemetry/sdk-trace";
import type { OtlpSettings } from "@reelway/shared/telemetry/otlp-settings";
import { version } from "@reelway/shared/version";
import type { Env } from "../env.ts";
import { settingsOf } from "../settings.ts";
import { SpanBuffer } from "./span-buffer.ts";

export interface Tracing {
  readonly tracer: ReturnType<TracerProvider["getTracer"]>;
  readonly buffer: SpanBuffer;
  readonly otlp: OtlpSettings;
}

const tracingByEnv = new WeakMap<object, Tracing>();

/** This isolate's tracer; undefined where no collector is set, which is then all that tracing costs. */
export function tracingOf(env: Env): Tracing | undefined {
  const { otlp, environment } = settingsOf(env);
  if (otlp === null) return undefined;
  const known = tracingByEnv.get(env);
  if (known) return known;
  const buffer = new SpanBuffer();
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      "service.name": "reelway-control-plane",
      "service.version": version,
      "deployment.environment.name": environment,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(otlp.sampleRatio) }),
    spanProcessors: [buffer],
    spanLimits: { attributeValueLengthLimit: 256 },
  });
  const tracing = { tracer: provider.getTracer("reelway"), buffer, otlp };
  tracingByEnv.set(env, tracing);
  return tracing;
}
