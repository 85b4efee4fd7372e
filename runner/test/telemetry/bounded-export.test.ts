import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { expect, it } from "vitest";
import { BoundedExport } from "../../src/telemetry/bounded-export.ts";

it("counts only what is under way: spans that the collector took make room", async () => {
  const dropped: string[] = [];
  const exporter = new InMemorySpanExporter();
  const bounded = new BoundedExport(2, (reason) => dropped.push(reason));
  const queue = new SimpleSpanProcessor({ exporter: bounded.exit(exporter) });
  const provider = new TracerProvider({ spanProcessors: [bounded.entrance(queue)] });
  const tracer = provider.getTracer("test");
  for (let span = 0; span < 10; span++) {
    tracer.startSpan("work").end();
    await provider.forceFlush();
  }
  expect(dropped).toEqual([]);
  expect(exporter.getFinishedSpans()).toHaveLength(10);
});
