import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { JobPlan } from "@reelway/shared/contracts/job-plan";
import { JobTasks } from "@reelway/shared/contracts/job-task";
import { expect, it } from "vitest";
import { call } from "./support/api.ts";
import { problemOf } from "./support/assets.ts";
import { callLease, queueOf, seedJob } from "./support/fleet.ts";
import { plannedFilm } from "./support/playback.ts";
import { partRows } from "./support/streams.ts";

const get = (path: string, key: string) => call(`/api/v1/jobs/${path}`, { key });
const tasksOf = async (id: string, key: string) => JobTasks.parse(await (await get(`${id}/tasks`, key)).json()).items;

it("a plan is told in seconds and counts, and never where it lies", async () => {
  const film = await plannedFilm();
  const text = await (await get(`${film.job.id}/plan`, film.key)).text();
  const plan = JobPlan.parse(JSON.parse(text));
  expect(plan).toMatchObject({ jobId: film.job.id, durationSeconds: 12, targetDurationSeconds: 4, whole: null });
  expect(plan.video?.renditions.map(({ name }) => name)).toEqual(["720p", "360p"]);
  expect(plan.chunks[1]).toEqual({
    ...{ ordinal: 1, startSeconds: 4, endSeconds: 8, pictures: 96, firstSegment: 2, segments: 1, sourceBytes: 10 },
  });
  for (const { prefix } of (await partRows(film.job.id)).results) expect(text).not.toContain(prefix.split("/")[2]);
  expect(text).not.toMatch(/slice|keyFrames|sourceRange/);
});

it("a job that has no plan says why", async () => {
  const film = await plannedFilm();
  const { tenantId } = film.job;
  const probe = await seedJob("weur", { tenantId });
  expect(await problemOf(await get(`${probe.job.id}/plan`, film.key))).toEqual([409, "not_a_stream"]);
  const waiting = await seedJob("weur", { tenantId, spec: film.job.spec });
  expect(await problemOf(await get(`${waiting.job.id}/plan`, film.key))).toEqual([409, "stream_not_ready"]);
  expect(await tasksOf(waiting.job.id, film.key)).toEqual([]);
});

it("tasks are told in their order, with who has them and why they failed", async () => {
  const film = await plannedFilm();
  await film.chunk(1);
  const { leaseToken } = film.partOf("encode:2");
  await callLease(film.runner, "fail", leaseToken, { error: { code: "encode_failed", message: "x\u001b[31m" } });
  const tasks = await tasksOf(film.job.id, film.key);
  expect(tasks.map(({ part, state }) => [part, state])).toEqual([
    ["plan", "done"],
    ["audio", "leased"],
    ["thumbnails", "leased"],
    ["encode:0", "leased"],
    ["encode:1", "done"],
    ["encode:2", "delayed"],
    ["finish", "blocked"],
  ]);
  const [plan, audio] = tasks;
  const failed = tasks.find(({ part }) => part === "encode:2");
  expect(plan).toMatchObject({ attempt: 1, runnerId: film.runner.id, error: null });
  expect(plan?.endedAt).toBeGreaterThanOrEqual(plan?.startedAt ?? Number.NaN);
  expect(audio).toMatchObject({ attempt: 1, runnerId: film.runner.id, endedAt: null });
  expect(failed).toMatchObject({ attempt: 1, error: { code: "encode_failed", message: "x?[31m" } });
  // A completion is the task's own; what came to nothing is told beside it.
  expect(plan?.attempts).toEqual([]);
  expect(failed?.attempts).toMatchObject([
    { attempt: 1, runnerId: film.runner.id, outcome: "failed", error: { code: "encode_failed" } },
  ]);
});

it("what the queue has forgotten is told as far as it was finished", async () => {
  const film = await plannedFilm();
  for (const ordinal of [0, 1]) await film.chunk(ordinal);
  await expect.poll(async () => (await partRows(film.job.id)).results.length).toBe(3);
  const other = "UPDATE job_parts SET planSha256 = ? WHERE jobId = ? AND part = 'encode:1'";
  await env.DB.prepare(other).bind("f".repeat(64), film.job.id).run();
  await runInDurableObject(queueOf("weur"), (_, { storage }) => {
    storage.sql.exec("DELETE FROM jobs WHERE job_id = ?", film.job.id);
    storage.sql.exec("DELETE FROM tasks WHERE job_id = ?", film.job.id);
  });
  expect(await tasksOf(film.job.id, film.key)).toMatchObject([
    { part: "plan", state: "done", attempt: 0, runnerId: film.runner.id },
    { part: "encode:0", state: "done", attempt: 0, runnerId: film.runner.id },
  ]);
});
