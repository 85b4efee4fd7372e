import { setTimeout as sleep } from "node:timers/promises";
import type { CompleteRequest, LeaseRequest } from "@reelway/shared/contracts/lease";
import { leaseTokenHeader } from "@reelway/shared/contracts/lease";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import { jobRequest } from "../parts/job-requests.ts";
import { ableRunner, firstTask } from "../parts/lease.ts";
import type { Side } from "../sides/side.ts";
import { timed } from "./closed-loop.ts";
import { HttpSession, type SessionCall } from "./http-session.ts";

/** Of ten calls of an API client, on average; runners lease and complete besides. */
const shares = { create: 3, get: 3, list: 1, status: 1, cancel: 1, events: 1 } as const;
export type ApiCall = keyof typeof shares;
export type Measure = ApiCall | "lease" | "complete" | "lease, nothing waiting";

/** A runner that found nothing asks again after this long. */
const IDLE_MS = 50;
/** Jobs that clients still know the ids of. */
const REMEMBERED = 500;
/** A job may be canceled only while it runs or waits: losing that race is an answer, not an error. */
const lostRaces = [409];

export interface MixedLoad {
  readonly side: Side;
  readonly apiClients: number;
  readonly durationMs: number;
  /** What the side's API has of it. */
  readonly calls: readonly ApiCall[];
  /** In [0, 1). */
  readonly random: () => number;
}

export interface MixedResult {
  readonly durationsMs: ReadonlyMap<Measure, readonly number[]>;
  readonly errors: readonly string[];
  readonly elapsedMs: number;
}

/** API clients and runners at once, each with one request under way, until the time is over. */
export async function runMixedCalls(load: MixedLoad): Promise<MixedResult> {
  const { side } = load;
  const durationsMs = new Map<Measure, number[]>();
  const errors: string[] = [];
  const note = (measure: Measure, ms: number) => {
    const known = durationsMs.get(measure);
    if (known) known.push(ms);
    else durationsMs.set(measure, [ms]);
  };
  const startedAt = performance.now();
  const until = startedAt + load.durationMs;
  const repeat = async (step: () => Promise<void>) => {
    while (performance.now() < until) await step().catch((error: unknown) => errors.push(reasonOf(error)));
  };

  const jobs: string[] = [];
  const api = new HttpSession({ url: side.url, bearer: side.apiKey, connections: load.apiClients });
  const pick = chooser(load);
  let number = 0;
  const clients = Array.from({ length: load.apiClients }, () =>
    repeat(async () => {
      const wanted = pick();
      const job = jobs[Math.floor(load.random() * jobs.length)];
      const call = job === undefined ? "create" : wanted;
      const { value, ms } = await timed(() => api.call(requestOf(call, side, job ?? "", number++)));
      const expected = call === "create" ? 201 : 200;
      if (value.status !== expected && !(call === "cancel" && lostRaces.includes(value.status)))
        throw new Error(`${call} answered ${value.status}: ${value.body.slice(0, 300)}`);
      note(call, ms);
      if (call === "create") remember(jobs, value.body);
    }),
  );
  const runners = side.runnerCredentials.map((bearer) => {
    const session = new HttpSession({ url: side.url, bearer, connections: 1 });
    return repeat(() => leaseAndComplete(session, note)).then(() => session.close());
  });
  await Promise.all([...clients, ...runners]);
  api.close();
  return { durationsMs, errors, elapsedMs: performance.now() - startedAt };
}

function chooser({ calls, random }: MixedLoad): () => ApiCall {
  const deck = calls.flatMap((call) => Array.from({ length: shares[call] }, () => call));
  return () => deck[Math.floor(random() * deck.length)] ?? "create";
}

function requestOf(call: ApiCall, side: Side, job: string, number: number): SessionCall {
  switch (call) {
    case "create":
      return {
        method: "POST",
        path: "/api/v1/jobs",
        body: jobRequest(side.assetId, number),
        headers: { "idempotency-key": `load-${number}` },
      };
    case "get":
      return { method: "GET", path: `/api/v1/jobs/${job}` };
    case "list":
      return { method: "GET", path: "/api/v1/jobs?limit=20" };
    case "status":
      return { method: "GET", path: `/api/v1/jobs/${job}/status` };
    case "cancel":
      return { method: "POST", path: `/api/v1/jobs/${job}/cancel` };
    case "events":
      return { method: "GET", path: "/api/v1/events?limit=20" };
  }
}

function remember(jobs: string[], body: string): void {
  const job: unknown = JSON.parse(body);
  if (typeof job !== "object" || job === null || !("id" in job)) throw new Error("not a job");
  jobs.push(String(job.id));
  if (jobs.length > REMEMBERED) jobs.shift();
}

async function leaseAndComplete(session: HttpSession, note: (measure: Measure, ms: number) => void): Promise<void> {
  const body: LeaseRequest = { runner: ableRunner, max: 1 };
  const lease = await timed(() => session.expect(200, { method: "POST", path: "/api/v1/runner/leases", body }));
  const task = firstTask(lease.value);
  note(task === null ? "lease, nothing waiting" : "lease", lease.ms);
  if (task === null) return sleep(IDLE_MS);
  const completion: CompleteRequest = { manifest: { outputs: [] } };
  const complete = await timed(() =>
    session.call({
      method: "POST",
      path: "/api/v1/leases/complete",
      headers: { [leaseTokenHeader]: task.leaseToken },
      body: completion,
    }),
  );
  // Canceled while it was leased: its runner is told so.
  if (complete.value.status !== 200 && !lostRaces.includes(complete.value.status))
    throw new Error(`complete answered ${complete.value.status}: ${complete.value.body.slice(0, 300)}`);
  note("complete", complete.ms);
}
