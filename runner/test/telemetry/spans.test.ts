import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { currentTraceparent, inSpan, inTaskSpan } from "../../src/telemetry/spans.ts";

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const leaseSpan = "00f067aa0ba902b7";

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  exporter.reset();
});
afterAll(() => {
  trace.disable();
  context.disable();
});

const ended = (name: string) => {
  const found = exporter.getFinishedSpans().find((span) => span.name === name);
  if (!found) throw new Error(`no span ${name}`);
  return found;
};

describe("a task's spans", () => {
  it("hang below the lease, each below the one that it was begun in, however the work interleaves", async () => {
    const steps = async (name: string) => {
      await inSpan(`${name} outer`, {}, async () => {
        await new Promise(setImmediate);
        await inSpan(`${name} inner`, {}, async () => {});
      });
    };
    await inTaskSpan(`00-${traceId}-${leaseSpan}-01`, {}, () => Promise.all([steps("a"), steps("b")]));

    const task = ended("task");
    expect(task.parentSpanContext).toMatchObject({ traceId, spanId: leaseSpan, isRemote: true });
    for (const name of ["a", "b"]) {
      expect(ended(`${name} outer`).parentSpanContext?.spanId).toBe(task.spanContext().spanId);
      expect(ended(`${name} inner`).parentSpanContext?.spanId).toBe(ended(`${name} outer`).spanContext().spanId);
    }
  });

  it("tell the calls of a task their parent, and nobody outside of it", async () => {
    await inTaskSpan(`00-${traceId}-${leaseSpan}-01`, {}, () =>
      inSpan("upload", {}, async (span) => {
        expect(currentTraceparent()).toBe(`00-${traceId}-${span.spanContext().spanId}-01`);
      }),
    );
    expect(currentTraceparent()).toBeUndefined();
  });

  it("are none where the caller is not sampled, while its trace is still told on", async () => {
    await inTaskSpan(`00-${traceId}-${leaseSpan}-00`, {}, () =>
      inSpan("upload", {}, async () => {
        expect(currentTraceparent()).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
      }),
    );
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it.each([undefined, "", "garbage", `00-${"0".repeat(32)}-${leaseSpan}-01`])(
    "begin a trace of their own below %j",
    async (traceparent) => {
      await inTaskSpan(traceparent, {}, async () => {});
      expect(ended("task").parentSpanContext).toBeUndefined();
    },
  );

  it("end with the code of what failed, and never with its words", async () => {
    const failing = async (error: Error) => {
      exporter.reset();
      const thrown = inTaskSpan(undefined, {}, () => inSpan("download", {}, () => Promise.reject(error)));
      await expect(thrown).rejects.toBe(error);
      const { attributes, status, events } = ended("download");
      expect(status).toEqual({ code: SpanStatusCode.ERROR });
      expect(events).toEqual([]);
      return attributes;
    };
    const secret = "https://bucket/key?X-Amz-Signature=secret";
    expect(await failing(new ReelwayError("download_failed", secret))).toEqual({ "error.type": "download_failed" });
    expect(await failing(new Error(secret))).toEqual({ "error.type": "unknown" });
  });
});
