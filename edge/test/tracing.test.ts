import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { traceIdOf } from "@reelway/shared/telemetry/trace-id";
import { describe, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import type { Env } from "../src/env.ts";
import { createLog } from "../src/http/log.ts";
import { setLogLevel } from "../src/http/log-level.ts";
import { exportSpans, hasSpans } from "../src/observability/export-spans.ts";
import { takeCounts } from "../src/observability/record.ts";
import { SpanKind, startServerSpan, startSpan } from "../src/observability/spans.ts";
import { contextOf, traceparentOf } from "../src/observability/trace-context.ts";
import { tracingOf } from "../src/observability/tracer.ts";
import { parseSettings } from "../src/settings.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const parent = `00-${traceId}-00f067aa0ba902b7-01`;

/** Bindings as they are, with a collector that is away: nothing listens on the discard port. */
const traced = (more: Partial<Env> = {}): Env => ({
  ...env,
  OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9/",
  OTEL_TRACES_SAMPLE_RATIO: "1",
  ...more,
});

describe("a traceparent", () => {
  test("is taken as it is when it is valid, and handed on with no flag but sampled", () => {
    const context = contextOf(parent);
    expect(context).toMatchObject({ traceId, spanId: "00f067aa0ba902b7", isRemote: true });
    expect(context && traceparentOf(context)).toBe(parent);
    const flagged = contextOf(`00-${traceId}-00f067aa0ba902b7-ff`);
    expect(flagged && traceparentOf(flagged)).toBe(parent);
    expect(traceIdOf(parent)).toBe(traceId);
  });

  test.each([
    ["", "nothing"],
    ["00", "too short"],
    [`00-${"0".repeat(32)}-00f067aa0ba902b7-01`, "no trace"],
    [`00-${traceId}-${"0".repeat(16)}-01`, "no span"],
    [`ff-${traceId}-00f067aa0ba902b7-01`, "the version that is none"],
    [`00-${traceId.toUpperCase()}-00f067aa0ba902b7-01`, "capitals"],
    [`00-${traceId}-00f067aa0ba902b7-01-more`, "more than version 00 has"],
    [`00-${traceId}-00f067aa0ba902b7-01\nX-Other: 1`, "a line of its own"],
  ])("%j is ignored: %s", (text) => {
    expect(contextOf(text)).toBeUndefined();
  });
});

describe("without a collector", () => {
  test("no tracer is made, no span is begun, and a caller's context is still handed on", async () => {
    expect(tracingOf(env)).toBeUndefined();
    expect(startServerSpan(env, parent, 1)).toBeUndefined();
    expect(startSpan(env, "enqueue", parent)).toBeUndefined();
    expect(hasSpans(env)).toBe(false);
    await exportSpans(env);
  });
});

describe("with a collector that is away", () => {
  test("requests are answered as ever; the spans are dropped behind the answer, and counted", async () => {
    const traces = traced();
    const ctx = createExecutionContext();
    takeCounts();
    const app = createApp();
    const answer = await app.fetch(
      new Request("https://reelway.test/healthz", { headers: { traceparent: parent } }),
      traces,
      ctx,
    );
    expect(answer.status).toBe(200);
    expect(hasSpans(traces)).toBe(true);
    await exportSpans(traces);
    expect(hasSpans(traces)).toBe(false);
    expect(takeCounts()?.counters[`reelway_trace_spans_dropped_total{reason="collector"}`]).toBe(1);
  });

  test("no more than 2,048 spans wait, and the rest is counted", () => {
    const traces = traced();
    takeCounts();
    for (let index = 0; index < 2_100; index++) startSpan(traces, "enqueue", parent)?.end();
    expect(tracingOf(traces)?.buffer.size).toBe(2_048);
    expect(takeCounts()?.counters[`reelway_trace_spans_dropped_total{reason="queue_full"}`]).toBe(52);
  });
});

describe("a span", () => {
  test("tells ids and codes, and never an error's words", () => {
    const traces = traced();
    const span = startSpan(traces, "webhook", parent, {
      kind: SpanKind.CLIENT,
      startedAt: 5,
      links: [parent, null, "no"],
    });
    span?.end(new Error("the secret was s3cr3t"));
    const [ended] = tracingOf(traces)?.buffer.take() ?? [];
    expect(ended?.parentSpanContext).toMatchObject({ traceId, spanId: "00f067aa0ba902b7" });
    expect(ended?.attributes).toEqual({ "error.type": "Error" });
    expect(ended?.links).toHaveLength(1);
    expect(JSON.stringify([ended?.status, ended?.events, ended?.attributes])).not.toContain("s3cr3t");
  });

  test("of work in the background needs a parent: it begins no trace of its own", () => {
    const traces = traced();
    for (const none of [null, undefined, "", "garbage"]) expect(startSpan(traces, "enqueue", none)).toBeUndefined();
  });

  test("of a request begins a trace where none came, sampled by the ratio alone", () => {
    const never = traced({ OTEL_TRACES_SAMPLE_RATIO: "0" });
    const unsampled = startServerSpan(never, undefined, 1);
    expect(unsampled?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    unsampled?.end();
    expect(tracingOf(never)?.buffer.size).toBe(0);
    // The caller has decided: its trace is kept whole.
    startServerSpan(never, parent, 1)?.end();
    expect(tracingOf(never)?.buffer.size).toBe(1);
    const always = traced();
    startServerSpan(always, `00-${traceId}-00f067aa0ba902b7-00`, 1)?.end();
    expect(tracingOf(always)?.buffer.size).toBe(0);
  });
});

describe("settings", () => {
  const with_ = (more: Record<string, string>) => () => parseSettings({ ...env, ...more });

  test("headers are read as OpenTelemetry writes them", () => {
    const settings = parseSettings({
      ...env,
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://otel.example.com/",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20YTpi, x-team = video",
    });
    expect(settings.otlp).toEqual({
      endpoint: "https://otel.example.com",
      headers: { authorization: "Basic YTpi", "x-team": "video" },
      sampleRatio: 1,
    });
  });

  test("what is wrong is named", () => {
    expect(with_({ OTEL_EXPORTER_OTLP_ENDPOINT: "ftp://x" })).toThrow(/OTEL_EXPORTER_OTLP_ENDPOINT/);
    expect(with_({ OTEL_EXPORTER_OTLP_HEADERS: "novalue" })).toThrow(/OTEL_EXPORTER_OTLP_HEADERS/);
    expect(with_({ OTEL_EXPORTER_OTLP_HEADERS: "a=%ff" })).toThrow(/OTEL_EXPORTER_OTLP_HEADERS/);
    expect(with_({ OTEL_TRACES_SAMPLE_RATIO: "1.5" })).toThrow(/OTEL_TRACES_SAMPLE_RATIO/);
    expect(with_({ LOG_LEVEL: "loud" })).toThrow(/LOG_LEVEL/);
  });

  test("LOG_LEVEL keeps what is below it out of the log", () => {
    const lines: string[] = [];
    const log = createLog({}, (level) => void lines.push(level));
    const all = () => {
      for (const level of ["debug", "info", "warn", "error"] as const) log[level]("x");
      return lines.splice(0);
    };
    try {
      expect(all()).toEqual(["info", "warn", "error"]);
      setLogLevel("warn");
      expect(all()).toEqual(["warn", "error"]);
      setLogLevel("debug");
      expect(all()).toEqual(["debug", "info", "warn", "error"]);
      setLogLevel("silent");
      expect(all()).toEqual([]);
    } finally {
      setLogLevel("info");
    }
  });
});
