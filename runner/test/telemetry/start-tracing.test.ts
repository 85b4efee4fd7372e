import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { context, trace } from "@opentelemetry/api";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { Config } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { idleRunner } from "../support/snapshot.ts";

afterEach(() => {
  trace.disable();
  context.disable();
});

/** As a process begins: the tracer is one for all, and is asked for once. */
async function freshRunner(otlp: Config["otlp"]) {
  vi.resetModules();
  const [{ startTracing }, { inSpan, inTaskSpan, currentTraceparent }, { droppedSpans }, { createMetrics }] =
    await Promise.all([
      import("../../src/telemetry/start-tracing.ts"),
      import("../../src/telemetry/spans.ts"),
      import("../../src/telemetry/dropped-spans.ts"),
      import("../../src/server/metrics.ts"),
    ]);
  const lines: string[] = [];
  const log = createLog("info", { write: (line) => void lines.push(line) });
  const tracing = await startTracing({ name: "a runner", region: "weur", otlp }, log);
  /** A task of so many parts. */
  const work = (parts: number) =>
    inTaskSpan(undefined, {}, async () => {
      for (let part = 0; part < parts; part++) await inSpan("encode", {}, async () => {});
    });
  return { tracing, work, lines, inTaskSpan, currentTraceparent, droppedSpans, createMetrics };
}

/** A collector that answers every call with this status, or never. */
async function collectorAnswering(status: number | "nothing") {
  let calls = 0;
  const server = createServer((request, response) => {
    calls++;
    request.resume();
    if (status !== "nothing") response.writeHead(status).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A socket's address has a port; a pipe's would be text.
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, calls: () => calls };
}

describe("tracing", () => {
  it("is nothing where no collector is set: spans record nothing and no context is told", async () => {
    const { tracing, inTaskSpan, currentTraceparent } = await freshRunner(null);
    await inTaskSpan("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", {}, async (span) => {
      expect(span.isRecording()).toBe(false);
      expect(currentTraceparent()).toBeUndefined();
    });
    await tracing.stop();
  });

  it("sends what is left when it stops", async () => {
    const collector = await collectorAnswering(200);
    const { tracing, work, droppedSpans } = await freshRunner(at(collector));
    await work(2);
    expect(collector.calls()).toBe(0);
    await tracing.stop();
    expect(collector.calls()).toBe(1);
    expect(droppedSpans()).toEqual({ queue_full: 0, collector: 0 });
  });

  it("drops what a collector refuses: counted, said in the log, and nobody's work is told", async () => {
    const collector = await collectorAnswering(400);
    const runner = await freshRunner({ ...at(collector), headers: { authorization: "Bearer s3cr3t" } });
    await runner.work(2);
    await runner.tracing.stop();
    expect(runner.droppedSpans()).toEqual({ queue_full: 0, collector: 3 });
    expect(runner.lines.join("")).toContain("spans not exported");
    expect(runner.lines.join("")).not.toContain("s3cr3t");

    const { registry } = runner.createMetrics(() => idleRunner);
    // The second scrape tells the same.
    for (const served of [await registry.metrics(), await registry.metrics()])
      expect(served).toContain(`reelway_runner_trace_spans_dropped_total{reason="collector"} 3\n`);
  });

  it("holds no more than 2,048 spans for a collector that does not answer", async () => {
    const { work, droppedSpans } = await freshRunner(at(await collectorAnswering("nothing")));
    await work(2_500);
    // With the task's own.
    expect(droppedSpans()).toEqual({ queue_full: 2_501 - 2_048, collector: 0 });
  });
});

function at({ endpoint }: { endpoint: string }) {
  return { endpoint, headers: {}, sampleRatio: 1 };
}
