import { expect, test } from "vitest";
import type { Facts } from "../examine/facts.ts";
import type { Growth } from "../watch/growth.ts";
import { verdictOn } from "./verdict.ts";

/** One job of one tenant that went well, and all that it leaves. */
function goodFacts(): Facts {
  const key = "t/ten_1/00/tsk_1/1/video.mp4";
  return {
    told: {
      jobs: [
        {
          ...{ id: "job_1", tenantId: "ten_1", order: "convert", canceled: false },
          expected: { state: "succeeded", seconds: 2, frames: 60 },
        },
      ],
      assets: [{ id: "ast_1", tenantId: "ten_1", deleted: false }],
    },
    surprises: [],
    stored: {
      jobs: [
        {
          ...{ id: "job_1", tenantId: "ten_1", state: "succeeded", run: 1, attempt: 1, code: null },
          ...{ createdAt: 1, finishedAt: 2 },
        },
      ],
      assets: [{ id: "ast_1", state: "ready", storageKey: "t/ten_1/01/source", bytes: 5 }],
      events: [
        { id: "evt_1", tenantId: "ten_1", type: "job.created", jobId: "job_1", run: 1 },
        { id: "evt_2", tenantId: "ten_1", type: "job.succeeded", jobId: "job_1", run: 1 },
      ],
      deliveries: ["evt_1", "evt_2"].map((eventId) => ({
        ...{ eventId, endpointId: "whk_1", url: "http://receiver/endpoint/ten_1", state: "delivered", lastError: null },
      })),
      outbox: 0,
      deadMessages: 0,
      promised: [{ jobId: "job_1", key, bytes: 9, etag: "e" }],
      knownPrefixes: ["t/ten_1/00/tsk_1/1/", "t/ten_1/01/source"],
    },
    shards: [
      {
        ...{ name: "shard", openJobs: 0, activeLeases: 0, pausedBreakers: [], lastSequence: 4, acknowledged: 4 },
        tasks: [{ id: "tsk_1", jobId: "job_1", state: "done", completions: 1 }],
      },
    ],
    bucket: new Map([
      [key, { bytes: 9, etag: "e" }],
      ["t/ten_1/01/source", { bytes: 5, etag: "s" }],
    ]),
    results: [{ jobId: "job_1", seconds: 2.02, frames: 60, error: null }],
    webhooks: {
      endpoints: [{ id: "whk_1", tenantId: "ten_1", path: "/endpoint/ten_1" }],
      taken: new Set(["/endpoint/ten_1 evt_1", "/endpoint/ten_1 evt_2"]),
      unsigned: [],
    },
    left: { processes: [], scratch: [] },
    growth: [growth(false)],
    leaks: [],
  };
}

function growth(leaks: boolean): Growth {
  const trend = { floors: [1, 2], grown: 1, leaks: false };
  return { name: "runner-1", pid: 1, spanMs: 1, memory: trend, handles: { ...trend, leaks } };
}

const findings = (facts: Facts) => verdictOn(facts).flatMap((check) => check.findings);

test("finds nothing where all is well, and has looked at something everywhere", () => {
  expect(findings(goodFacts())).toEqual([]);
  expect(verdictOn(goodFacts()).filter(({ looked }) => looked === 0)).toEqual([]);
});

const [goodJob] = goodFacts().stored.jobs;
const [goodShard] = goodFacts().shards;
const [goodDelivery] = goodFacts().stored.deliveries;

/** What goes wrong, as a change of the facts, and what is to be said of it first. */
const ills: readonly (readonly [ill: string, change: (facts: Facts) => Facts, finding: string])[] = [
  ["a lost job", (f) => ({ ...f, stored: { ...f.stored, jobs: [] } }), "job_1 is gone"],
  ["a lost asset", (f) => ({ ...f, stored: { ...f.stored, assets: [] } }), "ast_1 is gone, not ready"],
  ["a job that goes on for ever", (f) => withJob(f, { state: "running" }), "job_1 is running in attempt 1"],
  [
    "a job that failed for nothing",
    (f) => withJob(f, { state: "failed", code: "runner_lost" }),
    "job_1 (convert): failed runner_lost",
  ],
  ["a job that was cancelled by nobody", (f) => withJob(f, { state: "canceled" }), "job_1 (convert): canceled "],
  [
    "a job that goes on after its cancel",
    (f) => ({ ...f, told: { ...f.told, jobs: f.told.jobs.map((job) => ({ ...job, canceled: true })) } }),
    "job_1 (convert): succeeded ",
  ],
  ["a lost result", (f) => ({ ...f, bucket: new Map() }), "job_1: t/ten_1/00/tsk_1/1/video.mp4 is missing"],
  [
    "a result of other bytes",
    (f) => ({ ...f, bucket: new Map([...f.bucket].map(([key, object]) => [key, { ...object, etag: "x" }])) }),
    "job_1: t/ten_1/00/tsk_1/1/video.mp4 is another",
  ],
  ["a short result", (f) => withResult(f, { frames: 59 }), "job_1: 2.02 s and 59 pictures"],
  [
    "a result that does not decode",
    (f) => withResult(f, { error: "moov atom not found" }),
    "job_1: moov atom not found",
  ],
  [
    "litter that nothing sweeps",
    (f) => ({ ...f, bucket: new Map([...f.bucket, ["t/ten_1/00/tsk_1/2/video.mp4", { bytes: 1, etag: "" }]]) }),
    "t/ten_1/00/tsk_1/2/video.mp4 is nobody's",
  ],
  [
    "a lease that is held",
    (f) => withShard(f, { tasks: [{ id: "tsk_1", jobId: "job_1", state: "leased", completions: 0 }] }),
    "shard: tsk_1 is leased",
  ],
  [
    "a lease that is counted",
    (f) => withShard(f, { activeLeases: 1 }),
    "shard: tenants are counted as having 1 leases",
  ],
  ["an event that is on its way", (f) => withShard(f, { acknowledged: 3 }), "shard: 1 events are not acknowledged"],
  ["an effect that is owed", (f) => ({ ...f, stored: { ...f.stored, outbox: 2 } }), "2 outbox rows"],
  [
    "two completions",
    (f) => withShard(f, { tasks: [{ id: "tsk_1", jobId: "job_1", state: "done", completions: 2 }] }),
    "tsk_1 is done and was completed 2 times",
  ],
  ["someone paused for ever", (f) => withShard(f, { pausedBreakers: ["runner:run_1"] }), "runner:run_1 is paused"],
  [
    "an end that nobody was told",
    (f) => ({ ...f, stored: { ...f.stored, events: f.stored.events.slice(0, 1) } }),
    "job_1, run 1: 0 × job.succeeded",
  ],
  [
    "a webhook that was never to be sent",
    (f) => ({ ...f, stored: { ...f.stored, deliveries: f.stored.deliveries.slice(0, 1) } }),
    "job.succeeded evt_2 was never to be sent",
  ],
  [
    "a webhook that still waits",
    (f) => withDelivery(f, { state: "pending", lastError: "HTTP 500" }),
    "job.created evt_1 is pending: HTTP 500",
  ],
  [
    "a webhook that nobody got",
    (f) => ({ ...f, webhooks: { ...f.webhooks, taken: new Set(["/endpoint/ten_1 evt_2"]) } }),
    "job.created evt_1 was not taken, and counts as delivered",
  ],
  [
    "a job's own webhook that nobody got",
    (f) => withDelivery(f, { endpointId: "", url: "http://receiver/jobs/ten_1" }),
    "job.created evt_1 was never to be sent",
  ],
  [
    "a webhook that is not signed",
    (f) => ({ ...f, webhooks: { ...f.webhooks, unsigned: ["/endpoint/ten_1 evt_1"] } }),
    "/endpoint/ten_1 evt_1 is signed by nobody",
  ],
  ["a look at another's", (f) => ({ ...f, leaks: ["ten_2 can read job_1"] }), "ten_2 can read job_1"],
  ["an orphan", (f) => ({ ...f, left: { ...f.left, processes: ["ffmpeg"] } }), "ffmpeg still runs"],
  ["scratch files", (f) => ({ ...f, left: { ...f.left, scratch: ["runner-1: x"] } }), "runner-1: x is left"],
  ["a leak", (f) => ({ ...f, growth: [growth(true)] }), "runner-1 (process 1) holds more and more file handles: 1, 2"],
  [
    "a Worker that nobody looked at",
    (f) => ({ ...f, growth: [{ ...growth(false), name: "workerd" }] }),
    "nobody saw what the Worker held (process 1)",
  ],
  ["a wrong answer", (f) => ({ ...f, surprises: ["internal: oh"] }), "internal: oh"],
  [
    "a Queue message that nobody could handle",
    (f) => ({ ...f, stored: { ...f.stored, deadMessages: 1 } }),
    "1 Queue messages could not be handled",
  ],
];

test.each(ills)("sees %s", (_, change, finding) => {
  expect(findings(change(goodFacts()))[0]).toBe(finding);
});

function withJob(facts: Facts, change: Partial<Facts["stored"]["jobs"][number]>): Facts {
  if (goodJob === undefined) throw new Error("there is a job");
  return { ...facts, stored: { ...facts.stored, jobs: [{ ...goodJob, ...change }] } };
}

function withResult(facts: Facts, change: Partial<Facts["results"][number]>): Facts {
  return { ...facts, results: facts.results.map((result) => ({ ...result, ...change })) };
}

function withShard(facts: Facts, change: Partial<Facts["shards"][number]>): Facts {
  if (goodShard === undefined) throw new Error("there is a shard");
  return { ...facts, shards: [{ ...goodShard, ...change }] };
}

function withDelivery(facts: Facts, change: Partial<Facts["stored"]["deliveries"][number]>): Facts {
  if (goodDelivery === undefined) throw new Error("there is a delivery");
  const [, second] = facts.stored.deliveries;
  const deliveries = [{ ...goodDelivery, ...change }, ...(second === undefined ? [] : [second])];
  return { ...facts, stored: { ...facts.stored, deliveries } };
}
