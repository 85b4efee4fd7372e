import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { JobStatus } from "@reelway/shared/contracts/job";
import type { ProgressReport } from "@reelway/shared/contracts/lease";
import { newRegionalId } from "@reelway/shared/ids";
import type { JobState } from "@reelway/shared/jobs/state-machine";
import { limits } from "@reelway/shared/limits";
import type { JobEvent } from "@reelway/shared/scheduling/records";
import { expect, test } from "vitest";
import { liveStatus } from "../src/channel/current-status.ts";
import { eventStreamOf } from "../src/channel/event-stream.ts";
import { openChannel } from "../src/channel/open-channel.ts";
import { tellToLook } from "../src/channel/tell-to-look.ts";
import { callChannel, channelStub } from "../src/objects/job-channel-stub.ts";
import { call, codeOf, jobRow, makeKey, seedJob } from "./support/fleet.ts";

const leasedAt = 1_000;
const jobId = () => newRegionalId("job", "weur");

function report(
  id: string,
  sequence: number,
  percent: number,
  more: Partial<ProgressReport> & { leasedAt?: number } = {},
) {
  const { leasedAt: at = leasedAt, ...rest } = more;
  const figures = { stage: "processing" as const, fps: 25, speed: 1, etaSeconds: 9, message: "", ...rest };
  return { jobId: id, run: 1, attempt: 1, leasedAt: at, report: { sequence, percent, ...figures } };
}

function eventOf(id: string, sequence: number, type: JobEvent["type"], more: Partial<JobEvent> = {}): JobEvent {
  const nobody = { taskId: null, part: null, runnerId: null, error: null, result: null, hedge: null };
  return { sequence, at: leasedAt, type, jobId: id, tenantId: "ten", run: 1, attempt: 1, ...nobody, ...more };
}

/** Every frame that a viewer gets, and whether the channel has closed. */
function watch(socket: WebSocket) {
  const seen: { frames: JobStatus[]; closed: boolean } = { frames: [], closed: false };
  socket.addEventListener("message", ({ data }) => {
    seen.frames.push(JobStatus.parse(JSON.parse(String(data))));
  });
  socket.addEventListener("close", () => {
    seen.closed = true;
  });
  socket.accept();
  return seen;
}

const rowOf = (id: string, state: JobState = "queued") => ({
  id,
  run: 1,
  state,
  attempt: 0,
  error: null,
  updatedAt: 5,
});

test("frames come in order, grow in sequence, never fall back in percent, and end at 100", async () => {
  const id = jobId();
  const channel = channelStub(env, id);
  const seen = watch(await openChannel(env, rowOf(id)));
  await channel.publishEvents([eventOf(id, 1, "job.started")]);
  await channel.publishReport(report(id, 1, 5, { stage: "downloading" }));
  await channel.publishReport(report(id, 2, 60));
  await channel.publishReport(report(id, 3, 40));
  await channel.publishReport(report(id, 4, 90, { stage: "uploading" }));
  await channel.publishEvents([eventOf(id, 2, "job.succeeded", { at: 2_000, result: "{}" })]);
  await expect.poll(() => seen.closed).toBe(true);

  const percents = seen.frames.map(({ percent }) => percent);
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
  expect(seen.frames.map(({ state }) => state)).toEqual(expect.arrayContaining(["queued", "running", "succeeded"]));
  expect(seen.frames.at(-1)).toMatchObject({ state: "succeeded", percent: 100 });
  const sequences = seen.frames.map(({ sequence }) => sequence);
  expect(new Set(sequences).size).toBe(sequences.length);
  expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
});

test("a burst is thinned out, but turns and the last frame always go out", async () => {
  const id = jobId();
  const channel = channelStub(env, id);
  const seen = watch(await openChannel(env, rowOf(id)));
  for (let i = 1; i <= 50; i++) await channel.publishReport(report(id, i, i));
  await expect.poll(() => seen.frames.at(-1)?.percent, { timeout: 60_000 }).toBe(50);
  // The snapshot, the turn to running, and what half seconds there were in between.
  expect(seen.frames.length).toBeLessThan(10);
});

test("late, repeated and foreign reports change nothing", async () => {
  const id = jobId();
  const channel = channelStub(env, id);
  await channel.publishEvents([eventOf(id, 1, "job.started")]);
  await channel.publishReport(report(id, 7, 70));
  await channel.publishReport(report(id, 6, 60, { message: "late" }));
  await channel.publishReport(report(id, 7, 75, { message: "repeated" }));
  expect(await channel.current()).toMatchObject({ status: { percent: 70, message: "" } });

  // The runner was lost; the next lease has begun; the zombie still talks.
  await channel.publishEvents([
    eventOf(id, 2, "job.requeued", { at: 2_000 }),
    eventOf(id, 3, "job.started", { at: 3_000, attempt: 2 }),
  ]);
  await channel.publishReport(report(id, 8, 80, { message: "zombie" }));
  expect(await channel.current()).toMatchObject({ status: { state: "running", attempt: 2, percent: 0 } });

  await channel.publishEvents([eventOf(id, 4, "job.canceled", { at: 4_000, attempt: 2 })]);
  await channel.publishReport({ ...report(id, 1, 10, { leasedAt: 3_000 }), attempt: 2 });
  await channel.publishEvents([eventOf(id, 2, "job.requeued", { at: 2_000 })]);
  expect(await channel.current()).toMatchObject({ status: { state: "canceled", attempt: 2 } });
});

test("a report that is faster than its own job.started is not undone by it", async () => {
  const id = jobId();
  const channel = channelStub(env, id);
  await channel.publishReport(report(id, 1, 30));
  await channel.publishEvents([eventOf(id, 1, "job.started")]);
  expect(await channel.current()).toMatchObject({ status: { state: "running", percent: 30 } });
});

test("the next run starts anew, and the one before it is over for good", async () => {
  const id = jobId();
  const channel = channelStub(env, id);
  const error = { code: "encode_failed", message: "no" } as const;
  await channel.publishReport(report(id, 1, 30));
  await channel.publishEvents([eventOf(id, 1, "job.failed", { at: 2_000, error })]);
  const seen = watch(await openChannel(env, { ...rowOf(id), run: 2 }));
  await expect.poll(() => seen.frames.at(-1)).toMatchObject({ state: "queued", percent: 0, error: null });
  await channel.publishReport(report(id, 9, 99));
  expect(await channel.current()).toMatchObject({ run: 2, status: { state: "queued" } });
});

test("who comes late gets the current state first, also after an eviction and from a channel that knows nothing", async () => {
  const id = jobId();
  const channel = channelStub(env, id);
  await channel.publishReport(report(id, 1, 42));
  await evictDurableObject(channel);
  const seen = watch(await openChannel(env, rowOf(id)));
  await expect.poll(() => seen.frames[0]).toMatchObject({ state: "running", percent: 42, stage: "processing" });

  const fresh = watch(await openChannel(env, rowOf(jobId())));
  await expect.poll(() => fresh.frames[0]).toMatchObject({ state: "queued", percent: 0 });
});

test("viewers stay over an eviction: frames reach sockets that slept, and their sequence goes on", async () => {
  const id = jobId();
  const channel = channelStub(env, id);
  const seen = watch(await openChannel(env, rowOf(id)));
  await channel.publishReport(report(id, 1, 10));
  await evictDurableObject(channel, { webSockets: "hibernate" });
  await channel.publishReport(report(id, 2, 20, { stage: "uploading" }));
  await expect.poll(() => seen.frames.at(-1)?.percent).toBe(20);
  const sequences = seen.frames.map(({ sequence }) => sequence);
  expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
});

test.each([
  ["by itself", async (id: string) => runDurableObjectAlarm(channelStub(env, id))],
  ["when it is told to", (id: string) => tellToLook(env, [id])],
])("an end that was never announced still reaches the viewer: the channel looks at D1 %s", async (_, look) => {
  const { job } = await seedJob("weur");
  const seen = watch(await openChannel(env, job));
  // It sleeps soon, with nothing stored.
  await evictDurableObject(channelStub(env, job.id), { webSockets: "hibernate" });
  await env.DB.prepare("UPDATE jobs SET state = 'canceled', updatedAt = 9 WHERE id = ?").bind(job.id).run();
  await look(job.id);
  await expect.poll(() => seen.frames.at(-1)?.state).toBe("canceled");
  await expect.poll(() => seen.closed).toBe(true);
});

test("a job that has ended is answered from its row", async () => {
  const { job } = await seedJob("weur");
  await env.DB.prepare("UPDATE jobs SET state = 'succeeded' WHERE id = ?").bind(job.id).run();
  const ended = await jobRow(job.id);
  const seen = watch(await openChannel(env, ended));
  await expect.poll(() => seen.closed).toBe(true);
  expect(seen.frames).toMatchObject([{ state: "succeeded", percent: 100 }]);
  expect(await liveStatus(env, ended)).toMatchObject({ state: "succeeded", percent: 100 });
});

test("the live status is the channel's while the job runs, and the row's of another run", async () => {
  const { job } = await seedJob("weur");
  await channelStub(env, job.id).publishReport(report(job.id, 1, 33));
  expect(await liveStatus(env, job)).toMatchObject({ state: "running", percent: 33 });
  expect(await liveStatus(env, { ...job, run: 2 })).toMatchObject({ state: "queued", percent: 0 });
});

test("a channel keeps its state for a day after the last news, then nothing", async () => {
  const id = jobId();
  const channel = channelStub(env, id);
  await channel.publishReport(report(id, 1, 10));
  await runDurableObjectAlarm(channel);
  expect(await channel.current()).not.toBeNull();

  await runInDurableObject(channel, (_, { storage }) => {
    const state = storage.kv.get<{ status: JobStatus }>("state");
    if (!state) throw new Error("nothing was stored");
    const updatedAt = Date.now() - limits.jobChannelRetentionMs - 1;
    storage.kv.put("state", { ...state, status: { ...state.status, updatedAt } });
  });
  await evictDurableObject(channel);
  await runDurableObjectAlarm(channel);
  expect(await channel.current()).toBeNull();
});

test("events over HTTP: server-sent, from the current state to the end", async () => {
  const { tenantId, authorization } = await makeKey("member");
  const { job } = await seedJob("weur", { tenantId });
  const response = await call("GET", `/jobs/${job.id}/events`, authorization);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const channel = channelStub(env, job.id);
  await channel.publishReport(report(job.id, 1, 10));
  await channel.publishEvents([eventOf(job.id, 1, "job.succeeded", { at: 2_000 })]);

  const text = await response.text();
  const blocks = text.split("\n\n").filter((block) => block.includes("data: "));
  const frames = blocks.map((block) => JobStatus.parse(JSON.parse(block.slice(block.indexOf("data: ") + 6))));
  expect(frames.map(({ state }) => state)).toEqual(["queued", "running", "succeeded"]);
  for (const [index, block] of blocks.entries())
    expect(block.split("\n").slice(0, 2)).toEqual([`id: ${frames[index]?.sequence}`, "event: status"]);
});

test("events over HTTP: a reader that goes takes its socket along", async () => {
  const { tenantId, authorization } = await makeKey("member");
  const { job } = await seedJob("weur", { tenantId });
  const sockets = () =>
    runInDurableObject(
      channelStub(env, job.id),
      (_, ctx) => ctx.getWebSockets().filter((ws) => ws.readyState === 1).length,
    );
  const response = await call("GET", `/jobs/${job.id}/events`, authorization);
  const reader = response.body?.getReader();
  await reader?.read();
  expect(await sockets()).toBe(1);
  await reader?.cancel();
  await expect.poll(sockets).toBe(0);
});

test("events over HTTP: a WebSocket where one is asked for; another tenant's job is not there", async () => {
  const { tenantId, authorization } = await makeKey("member");
  const { job } = await seedJob("weur", { tenantId });
  const { status, webSocket } = await call("GET", `/jobs/${job.id}/events`, authorization, undefined, {
    upgrade: "websocket",
  });
  expect(status).toBe(101);
  if (!webSocket) throw new Error("no socket");
  const seen = watch(webSocket);
  await expect.poll(() => seen.frames).toMatchObject([{ id: job.id, state: "queued" }]);

  const stranger = await makeKey("member");
  const foreign = await call("GET", `/jobs/${job.id}/events`, stranger.authorization);
  const missing = await call("GET", `/jobs/${jobId()}/events`, stranger.authorization);
  expect([foreign.status, missing.status]).toEqual([404, 404]);
});

test("a reader of the stream that takes nothing is cut off before its events pile up", async () => {
  const { 0: viewer, 1: channel } = new WebSocketPair();
  channel.accept();
  let closed = false;
  channel.addEventListener("close", () => {
    closed = true;
  });
  const stream = eventStreamOf(viewer, new AbortController().signal);
  const frame = JSON.stringify({ sequence: 1 });
  for (let sent = 0; sent < 400; sent++) channel.send(frame);
  await expect.poll(() => closed).toBe(true);
  // What it was given before that is still there to be read.
  expect((await new Response(stream).text()).match(/event: status/g)?.length).toBeLessThan(300);
});

test("as many watch a job as may; who comes then is told to wait, by WebSocket and stream, and comes in when one has gone", async () => {
  const { tenantId, authorization } = await makeKey("member");
  const { job } = await seedJob("weur", { tenantId });
  const last = await openChannel(env, job);
  last.accept();
  await runInDurableObject(channelStub(env, job.id), (_, state) => {
    while (state.getWebSockets().length < limits.viewersPerJob) state.acceptWebSocket(new WebSocketPair()[1]);
  });
  for (const headers of [{}, { upgrade: "websocket" }]) {
    const refused = await call("GET", `/jobs/${job.id}/events`, authorization, undefined, headers);
    expect([refused.status, await codeOf(refused)]).toEqual([429, "rate_limited"]);
    expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
  }
  expect((await call("GET", `/jobs/${job.id}/status`, authorization)).status).toBe(200);
  last.close();
  await expect.poll(async () => (await openChannel(env, job).catch(() => null)) !== null).toBe(true);
});

test("a channel that does not answer is told as unavailable", async () => {
  const silent = callChannel(env, jobId(), () => Promise.reject(new Error("gone")));
  await expect(silent).rejects.toMatchObject({ code: "unavailable" });
});
