import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@reelway/shared/client/client";
import type { Job } from "@reelway/shared/contracts/job";
import { until } from "@reelway/stack/process/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { smallClip } from "../support/clips.ts";
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../support/otlp-receiver.ts";
import type { TestRunner } from "../support/test-runner.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";
import { ended, submit } from "./convert.ts";

const collectorKey = "key-of-the-collector";
const toldWithinMs = 30_000;

let collector: OtlpReceiver;
let webhooks: WebhookReceiver;
let stack: TestStack;
let runner: TestRunner;
beforeAll(async () => {
  [collector, webhooks] = await Promise.all([startOtlpReceiver(), startWebhookReceiver()]);
  const tracing = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${collectorKey}`,
  };
  stack = await startTestStack({ settings: { ...tracing, ALLOW_PRIVATE_URLS: "true" } });
  runner = await stack.startRunner({ env: { ...tracing, LOG_LEVEL: "info" } });
});
afterAll(async () => {
  await stack.stop();
  await Promise.all([collector.close(), webhooks.close()]);
});

/** A client whose requests carry this trace context. */
function clientIn(traceparent: string) {
  return createClient({ url: stack.url, key: stack.key, headers: { traceparent } });
}

const inTrace = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);
const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const [found] = spans.filter((span) => span.name === name);
  if (!found) throw new Error(`no span ${name} among ${spans.map((span) => span.name).join(", ")}`);
  return found;
};

/** Of both processes' logs. */
function linesAbout(jobId: string): string[] {
  const logs = [readFileSync(join(stack.dataDir, "logs", "control-plane.log"), "utf8"), runner.log()];
  return logs.flatMap((log) => log.split("\n")).filter((line) => line.includes(jobId));
}

async function convertTraced(traceparent: string): Promise<Job> {
  const job = await submit(clientIn(traceparent), smallClip(), {
    preset: "mp4-h264",
    webhookUrl: `${webhooks.url}/hook`,
  });
  return ended(stack.client, job.id);
}

test("one trace leads from the caller's request to the webhook, through queue, runner and ffmpeg", async () => {
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const job = await convertTraced(`00-${traceId}-00f067aa0ba902b7-01`);
  expect(job.state).toBe("succeeded");
  const wanted = ["webhook", "complete", "task", "project job.succeeded", "POST /api/v1/leases/complete"];
  await until(() => wanted.every((name) => inTrace(traceId).some((span) => span.name === name)), toldWithinMs);
  const spans = inTrace(traceId);
  const parentOf = (name: string) => named(spans, name).parentSpanId;
  const id = (name: string) => named(spans, name).spanId;

  expect(parentOf("POST /api/v1/jobs")).toBe("00f067aa0ba902b7");
  for (const name of ["enqueue", "lease", "project job.started", "project job.succeeded", "webhook"])
    expect(parentOf(name), name).toBe(id("POST /api/v1/jobs"));
  expect(parentOf("task")).toBe(id("lease"));
  for (const name of ["download", "probe", "encode", "check", "upload", "complete"])
    expect(parentOf(name), name).toBe(id("task"));
  expect(parentOf("POST /api/v1/leases/outputs")).toBe(id("upload"));
  expect(parentOf("POST /api/v1/leases/complete")).toBe(id("complete"));

  expect(named(spans, "task").service).toBe("reelway-runner");
  expect(named(spans, "lease").service).toBe("reelway-control-plane");
  expect(named(spans, "lease").links).toHaveLength(1);
  const encode = named(spans, "encode").attributes;
  expect(encode.get("reelway.encoder")).toBe("libx264");
  expect(encode.get("reelway.frames")).toBe(60);
  expect(encode.get("reelway.fps")).toBeGreaterThan(0);
  expect(encode.get("reelway.ffmpeg.arguments_sha256")).toMatch(/^[0-9a-f]{64}$/);
  expect(named(spans, "task").attributes.get("reelway.job_id")).toBe(job.id);
  expect(named(spans, "webhook").attributes.get("http.response.status_code")).toBe(200);
  for (const { name, startTimeUnixNano, endTimeUnixNano } of spans)
    expect(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano), name).toBe(true);
});

test("a caller that does not want to be sampled gets no span anywhere, and its trace id in the logs all the same", async () => {
  const traceId = "a3ce929d0e0e47364bf92f3577b34da6";
  const job = await convertTraced(`00-${traceId}-00f067aa0ba902b7-00`);
  expect(job.state).toBe("succeeded");
  // A later trace has come through, so the earlier one would have, too.
  const later = "b3ce929d0e0e47364bf92f3577b34da6";
  await convertTraced(`00-${later}-00f067aa0ba902b7-01`);
  await until(() => inTrace(later).some(({ name }) => name === "complete"), toldWithinMs);
  expect(inTrace(traceId)).toEqual([]);
  const told = (message: string) => linesAbout(job.id).filter((line) => line.includes(`"${message}"`));
  for (const message of ["job accepted", "enqueued", "leased", "task leased", "lease ended", "event projected"]) {
    const lines = told(message);
    expect(lines.length, message).toBeGreaterThan(0);
    for (const line of lines) expect(JSON.parse(line), message).toMatchObject({ traceId });
  }
});

test("a traceparent that is not valid is ignored, and a new trace begins", async () => {
  const before = new Set(collector.spans.map(({ traceId }) => traceId));
  const zero = "00000000000000000000000000000000";
  await convertTraced(`00-${zero}-00f067aa0ba902b7-01`);
  const begun = () =>
    collector.spans.filter(({ name, traceId }) => name === "POST /api/v1/jobs" && !before.has(traceId));
  await until(() => begun().length > 0, toldWithinMs);
  expect(begun()[0]?.parentSpanId).toBeUndefined();
  expect(inTrace(zero)).toEqual([]);
});

test("the collector understood everything, was shown its key, and no secret of ours", () => {
  expect(collector.refused).toEqual([]);
  for (const headers of collector.headers) expect(headers["x-collector-key"]).toBe(collectorKey);
  const all = collector.bodies.join("\n");
  expect(all.length).toBeGreaterThan(10_000);
  for (const secret of [stack.key, "X-Amz-", "http://", "https://", "Bearer", "reelway-lease", collectorKey, "/tmp/"])
    expect(all.includes(secret), secret).toBe(false);
});
