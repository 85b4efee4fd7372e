import { type Attributes, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Env } from "../env.ts";
import { contextOf, type Traceparent, traceparentOf } from "./trace-context.ts";
import { tracingOf } from "./tracer.ts";

export { SpanKind };

export interface SpanOptions {
  readonly kind?: SpanKind;
  /** Ids, codes and counts. Never a URL, a header or what a user wrote. */
  readonly attributes?: Attributes;
  /** Milliseconds since the epoch; now, where it is not told. */
  readonly startedAt?: number;
  /** What else it has to do with, such as the request that polled for it. */
  readonly links?: readonly (Traceparent | null | undefined)[];
}

/** A span that has begun. */
export interface OpenSpan {
  /** For what it causes. */
  readonly traceparent: Traceparent;
  rename(name: string): void;
  set(attributes: Attributes): void;
  /** Ends it; where it failed, with the error or a word for it. */
  end(error?: unknown): void;
}

/** Begins a request's span: below the caller's, or a trace of its own. Undefined while tracing is off. */
export function startServerSpan(env: Env, traceparent: string | undefined, startedAt: number): OpenSpan | undefined {
  return start(env, "request", traceparent, { kind: SpanKind.SERVER, startedAt });
}

/**
 * Begins a span below another, such as that of the request that made a job. Undefined while tracing is off and where
 * there is nothing above: work in the background begins no trace of its own.
 */
export function startSpan(
  env: Env,
  name: string,
  parent: Traceparent | null | undefined,
  options: SpanOptions = {},
): OpenSpan | undefined {
  return contextOf(parent) && start(env, name, parent, options);
}

function start(
  env: Env,
  name: string,
  parent: string | null | undefined,
  { kind = SpanKind.INTERNAL, attributes, startedAt = Date.now(), links = [] }: SpanOptions,
): OpenSpan | undefined {
  const tracing = tracingOf(env);
  if (!tracing) return undefined;
  const above = contextOf(parent);
  const span = tracing.tracer.startSpan(
    name,
    {
      kind,
      startTime: startedAt,
      ...(attributes && { attributes }),
      links: links.flatMap((link) => contextOf(link) ?? []).map((context) => ({ context })),
    },
    above ? trace.setSpanContext(ROOT_CONTEXT, above) : ROOT_CONTEXT,
  );
  return {
    traceparent: traceparentOf(span.spanContext()),
    rename: (to) => void span.updateName(to),
    set: (more) => void span.setAttributes(more),
    end(error) {
      if (error !== undefined) {
        span.setAttribute("error.type", typeOf(error)).setStatus({ code: SpanStatusCode.ERROR });
      }
      // The clock stands still while a Worker computes: both ends are told, or the SDK mixes two clocks.
      span.end(Date.now());
    },
  };
}

/** Never the message: it may quote what a user gave. */
function typeOf(error: unknown): string {
  if (typeof error === "string") return error;
  if (error instanceof ReelwayError) return error.code;
  return error instanceof Error ? error.name : "unknown";
}
