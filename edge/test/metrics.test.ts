import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import metricsPage from "../../docs/metrics.md?raw";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import { createLog } from "../src/http/log.ts";
import { flushCounts, flushSoon } from "../src/observability/flush.ts";
import { counters, histograms } from "../src/observability/metric-definitions.ts";
import { metricsHub } from "../src/observability/metrics-hub-stub.ts";
import { count, hasCounts } from "../src/observability/record.ts";
import { type Sources, scrape, sourcesOf } from "../src/observability/scrape.ts";
import { applyEvents } from "../src/projection/apply-events.ts";
import { projectShard } from "../src/projection/project.ts";
import { settingsOf } from "../src/settings.ts";
import { call } from "./support/api.ts";
import { makeRunner, queueOf, seedJob } from "./support/fleet.ts";
import { complete, end, expireLease, leased, write } from "./support/leases.ts";
import { bootstrapped, newKey, newTenantKey, type TestKey } from "./support/tenants.ts";
import { createWebhook, happens, receiver, setEndpoint } from "./support/webhooks.ts";

const settings = settingsOf(env);
let admin: TestKey;
beforeAll(async () => {
  admin = await bootstrapped();
});

/** Series and their values, read strictly: a line that the text format does not know fails the test. */
function parse(text: string): Map<string, number> {
  const series = new Map<string, number>();
  const typed = new Set<string>();
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.trimEnd().split("\n")) {
    const [, typedName] = /^# TYPE ([a-z_]+) (?:counter|gauge|histogram)$/.exec(line) ?? [];
    if (typedName) {
      expect(typed).not.toContain(typedName);
      typed.add(typedName);
    }
    if (/^# HELP [a-z_]+ [^\n]+$/.test(line) || typedName) continue;
    const [, name = "", value] =
      /^([a-z_]+(?:\{(?:[a-z_]+="[^"\\\n]*"(?:,(?=[a-z]))?)+\})?) (\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line) ?? [];
    expect(value, line).toBeDefined();
    expect(series.has(name), line).toBe(false);
    expect(
      [...typed].some((family) => name.startsWith(family)),
      line,
    ).toBe(true);
    series.set(name, Number(value));
  }
  return series;
}

async function served(): Promise<Map<string, number>> {
  const answer = await call("/metrics", { key: admin.secret });
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return parse(await answer.text());
}

const at = (series: Map<string, number>, name: string) => series.get(name) ?? 0;

describe("who may scrape", () => {
  test("only the platform's own keys with metrics:read, under both paths", async () => {
    const operator = await newKey(admin, { name: "prometheus", role: "operator" });
    const member = await newKey(admin, { name: "member", role: "member" });
    const foreign = await newTenantKey(admin, "another", "admin");
    for (const path of ["/metrics", "/api/metrics"]) {
      expect((await call(path, { key: operator.secret })).status).toBe(200);
      expect((await call(path, { key: member.secret })).status).toBe(403);
      expect((await call(path, { key: foreign.secret })).status).toBe(403);
      expect((await call(path)).status).toBe(401);
    }
  });
});

describe("requests", () => {
  test("count by route pattern, so that no path a caller makes up becomes a series", async () => {
    const before = await served();
    await call("/api/v1/jobs/job_01m7zbnyaaaaaaaaaaaaaaaaaa_weur", { key: admin.secret });
    await call("/api/v1/jobs/none", { key: admin.secret });
    for (const path of ["/made-up-1", "/made-up-2", "/api/v1/made-up-3"]) await call(path, { key: admin.secret });
    await call("/healthz", { method: "PURGE" });
    const after = await served();
    const grew = (name: string) => at(after, name) - at(before, name);

    expect(grew(`api_requests_total{method="GET",route="/api/v1/jobs/:id",status="404"}`)).toBe(2);
    expect(grew(`api_request_duration_seconds_count{method="GET",route="/api/v1/jobs/:id"}`)).toBe(2);
    expect(grew(`api_requests_total{method="GET",route="unmatched",status="404"}`)).toBe(3);
    expect(grew(`reelway_api_problems_total{code="not_found"}`)).toBeGreaterThanOrEqual(5);
    expect([...after.keys()].filter((name) => /made-up|PURGE|none/.test(name))).toEqual([]);
  });

  test("fill cumulative buckets up to +Inf, which is the count", async () => {
    await call("/healthz");
    const series = await served();
    const labels = `method="GET",route="/healthz"`;
    const buckets = [...series].filter(([name]) => name.startsWith(`api_request_duration_seconds_bucket{${labels},`));
    const values = buckets.map(([, value]) => value);
    expect(values.length).toBeGreaterThan(5);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(values.at(-1)).toBe(at(series, `api_request_duration_seconds_count{${labels}}`));
  });
});

describe("what counting costs", () => {
  test("a thousand requests plan one flush, behind an answer, and none of them waits for it", async () => {
    const flushed = vi.fn<(work: Promise<unknown>) => void>();
    await flushCounts(env);
    for (let index = 0; index < 1_000; index++) {
      count("reelway_heartbeats_total", { region: "apac" });
      flushSoon(env, flushed);
    }
    // None, where an earlier request of this isolate has planned one already.
    expect(flushed.mock.calls.length).toBeLessThanOrEqual(1);
    expect(hasCounts()).toBe(true);
  });
});

describe("a job's life", () => {
  test("shows in what was enqueued, leased, made, and how long it took", async () => {
    const before = await served();
    const { runner, task, job } = await leased("weur");
    const output = await write(task, runner, "metadata.json");
    expect((await complete(runner, task.leaseToken, [output])).status).toBe(200);
    await projectShard(env, job.shard);
    const after = await served();
    const grew = (name: string) => at(after, name) - at(before, name);

    expect(grew(`reelway_jobs_enqueued_total{kind="probe",region="weur"}`)).toBe(1);
    expect(grew(`reelway_leases_total{region="weur"}`)).toBe(1);
    expect(grew(`video_processing_total{format="probe",status="succeeded"}`)).toBe(1);
    expect(grew(`video_processing_duration_seconds_count{format="probe"}`)).toBe(1);
    expect(grew(`reelway_dispatch_latency_seconds_count{region="weur"}`)).toBe(1);
    expect(grew(`reelway_job_latency_seconds_count{format="probe"}`)).toBe(1);
  });

  test("counts a lease that ran out, and the zombie that comes back with it", async () => {
    const { runner, task, job } = await leased("apac");
    const before = await served();
    await expireLease(task);
    await projectShard(env, job.shard);
    expect((await end(runner, task)).status).toBe(409);
    const after = await served();
    const grew = (name: string) => at(after, name) - at(before, name);

    expect(grew(`reelway_lease_expirations_total{region="apac"}`)).toBe(1);
    expect(grew(`reelway_attempts_failed_total{region="apac",code="runner_lost"}`)).toBe(1);
    expect(grew(`reelway_fencing_rejections_total{call="request"}`)).toBe(1);
    expect(grew(`reelway_api_problems_total{code="lease_lost"}`)).toBe(1);
  });

  test("shows what waits, where", async () => {
    await dispatchJob(env, await seedJob("enam"));
    await seedJob("enam", { outboxAt: Date.now() - 60_000 });
    const series = await served();
    expect(at(series, `reelway_queue_tasks{region="enam",shard="enam:0",state="ready"}`)).toBe(1);
    expect(at(series, `reelway_jobs{state="queued",kind="probe",region="enam"}`)).toBe(2);
    expect(at(series, "reelway_outbox_rows")).toBe(1);
    expect(at(series, "reelway_outbox_oldest_seconds")).toBeGreaterThanOrEqual(60);
    expect(series.has(`reelway_queue_oldest_ready_seconds{region="enam",shard="enam:0"}`)).toBe(true);
  });

  test("webhook calls that wait are overdue when nothing pauses them", async () => {
    const key = await newTenantKey(admin, "webhooks");
    const { id } = await createWebhook(key.secret, receiver());
    await happens(key.tenantId, { at: Date.now() - 60_000 });
    expect(at(await served(), "reelway_webhook_overdue_seconds")).toBeGreaterThanOrEqual(60);
    await setEndpoint(id, `pausedUntil = ${Date.now() + 60_000}`);
    const paused = await served();
    expect(at(paused, "reelway_webhook_deliveries_waiting")).toBe(1);
    expect(at(paused, "reelway_webhook_overdue_seconds")).toBe(0);
    await setEndpoint(id, "pausedUntil = NULL, verifiedAt = NULL");
    expect(at(await served(), "reelway_webhook_overdue_seconds")).toBe(0);
  });

  test("counts an event once, however many project it at the same time", async () => {
    const { runner, task, job } = await leased("weur");
    const before = await served();
    // Straight at the queue, so that no Worker has projected it yet.
    const { taskId, epoch } = task;
    const error = { code: "input_unreadable" as const, message: "the test is over" };
    const lease = { taskId, epoch, runnerId: runner.id };
    await queueOf("weur").fail({ ...lease, error, retryable: false });
    await Promise.all(Array.from({ length: 8 }, () => projectShard(env, job.shard)));
    const after = await served();
    const name = `video_processing_total{format="probe",status="failed"}`;
    expect(at(after, name) - at(before, name)).toBe(1);
  });

  test("counts an event once where two look at once and one sees further", async () => {
    const { runner, task, job } = await leased("weur");
    await projectShard(env, job.shard);
    const before = await served();
    const { taskId, epoch } = task;
    const error = { code: "encode_failed" as const, message: "the test is over" };
    await queueOf("weur").fail({ taskId, epoch, runnerId: runner.id, error, retryable: true });
    // The first has stored what it saw, and has not acknowledged it yet.
    const { events } = await queueOf("weur").events(0);
    await applyEvents(env, job.shard, events);
    await queueOf("weur").cancel({ jobId: job.id, tenantId: job.tenantId, run: job.run });
    await projectShard(env, job.shard);
    const after = await served();
    const grew = (name: string) => at(after, name) - at(before, name);

    expect(events.map(({ type }) => type)).toEqual(["job.requeued"]);
    expect(grew(`reelway_attempts_failed_total{region="weur",code="encode_failed"}`)).toBe(0);
    expect(grew(`video_processing_total{format="probe",status="canceled"}`)).toBe(1);
  });
});

describe("a scrape", () => {
  test("loses only the series of a region that does not answer, within its time", async () => {
    const sources = sourcesOf(env, settings);
    const hanging: Sources = {
      ...sources,
      standing: (shard) => (shard === "weur:0" ? new Promise<never>(() => {}) : sources.standing(shard)),
    };
    const series = parse(await scrape(hanging, settings, createLog(), 500));

    expect(at(series, `reelway_scrape_source_up{source="queue:weur:0"}`)).toBe(0);
    expect(at(series, `reelway_scrape_source_up{source="queue:enam:0"}`)).toBe(1);
    expect(series.has(`reelway_queue_tasks{region="weur",shard="weur:0",state="ready"}`)).toBe(false);
    expect(series.has(`reelway_queue_tasks{region="enam",shard="enam:0",state="ready"}`)).toBe(true);
    expect(series.has("reelway_outbox_rows")).toBe(true);
  });

  test("goes on without D1 and without the hub", async () => {
    const down = () => Promise.reject(new Error("down"));
    const sources = { ...sourcesOf(env, settings), database: down, shards: down, totals: down };
    const series = parse(await scrape(sources, settings, createLog()));
    for (const source of ["database", "shards", "counters"])
      expect(series.get(`reelway_scrape_source_up{source="${source}"}`)).toBe(0);
    expect(series.has(`reelway_queue_tasks{region="weur",shard="weur:0",state="ready"}`)).toBe(true);
  });
});

describe("the hub", () => {
  const deltas = (by: number) => ({ counters: { reelway_login_failures_total: by }, histograms: {} });
  const total = async () => (await metricsHub(env).read()).counters.reelway_login_failures_total ?? 0;

  test("adds a flush once, however often it is sent", async () => {
    const before = await total();
    const isolateId = crypto.randomUUID();
    const hub = metricsHub(env);
    for (const flushId of [1, 1, 2, 1, 2]) await hub.add({ isolateId, flushId, deltas: deltas(flushId) });
    expect((await total()) - before).toBe(3);
  });

  test("keeps its totals in one row over its own end", async () => {
    const hub = env.METRICS_HUB.getByName(`of-a-test-${crypto.randomUUID()}`);
    const histograms = { x: { buckets: [1, 0, 2], sum: 7 } };
    await hub.add({ isolateId: "a", flushId: 1, deltas: { ...deltas(5), histograms } });
    const rows = await runInDurableObject(hub, (_, { storage }) => [...storage.kv.list()].length);
    expect(rows).toBe(1);
    await evictDurableObject(hub);
    expect(await hub.read()).toEqual({ ...deltas(5), histograms });
  });

  test("drops what would be one series too many, and says so", async () => {
    const hub = env.METRICS_HUB.getByName(`of-a-test-${crypto.randomUUID()}`);
    const counters = Object.fromEntries(Array.from({ length: 6_000 }, (_, index) => [`x{n="${index}"}`, 1]));
    await hub.add({ isolateId: "a", flushId: 1, deltas: { counters, histograms: {} } });
    const { counters: kept } = await hub.read();
    expect(Object.keys(kept)).toHaveLength(5_001);
    expect(kept.reelway_metric_series_dropped_total).toBe(1_000);
  });
});

test("a label's value is written so that it can't end its line or its quotes", async () => {
  count("reelway_sweep_failures_total", { duty: 'a"b\\c\nd' });
  const answer = await call("/metrics", { key: admin.secret });
  expect(await answer.text()).toContain(`reelway_sweep_failures_total{duty="a\\"b\\\\c\\nd"} 1\n`);
});

test("docs/metrics.md knows every metric with its type and labels, and no other", async () => {
  await makeRunner("weur");
  const text = await (await call("/metrics", { key: admin.secret })).text();
  const section = metricsPage.split("## Control plane")[1]?.split(/^## /m)[0] ?? "";
  const rows = [...section.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) ?\|/gm)].map(
    ([, name = "", type = "", labels = ""]) => ({ name, type, labels: String(labels.match(/\w+/g) ?? "") }),
  );
  // A gauge shows its labels with a value alone: without one the page is believed.
  const labelsOf = new Map([
    ...rows.map(({ name, labels }) => [name, labels] as const),
    ...[...text.matchAll(/^(\w+)\{(.*)\} \S+$/gm)].map(
      ([, name = "", labels = ""]) => [name, String(labels.match(/\w+(?==")/g))] as const,
    ),
    ...Object.entries({ ...counters, ...histograms }).map(([name, { labels }]) => [name, String(labels)] as const),
  ]);
  const served = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(
    ([, name = "", type]) => `${name} ${type} ${labelsOf.get(name)}`,
  );
  expect(served.length).toBeGreaterThan(20);
  expect(rows.map(({ name, type, labels }) => `${name} ${type} ${labels}`).sort()).toEqual(served.sort());
});
