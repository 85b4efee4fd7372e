import { env } from "cloudflare:workers";
import { InputGrants, PackageReports } from "@reelway/shared/contracts/grant";
import { Job } from "@reelway/shared/contracts/job";
import { JobPlan } from "@reelway/shared/contracts/job-plan";
import type { LeasedTask } from "@reelway/shared/contracts/lease";
import { StoredPart } from "@reelway/shared/contracts/manifest";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import { type PlannedRendition, planFiles, type StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { initFile, segmentFile } from "@reelway/shared/streams/rendition-files";
import { beforeEach, expect, test } from "vitest";
import { bucketOf } from "../src/env.ts";
import { call, callLease, codeOf, type Holder, jobRow, leaseOver, makeKey, seedJob } from "./support/fleet.ts";
import { able, completeWith, leaseParts, planOf, reportOf, spec, streamLeased, writeAs } from "./support/streams.ts";

/** As the film is planned: 720p and 360p in two chunks, without sound or pictures beside. */
const plan: StreamPlan = { ...planOf(2, { sound: false }), thumbnails: false };
const [large, small] = plan.video?.renditions ?? [];
if (plan.video === null || large === undefined || small === undefined) throw new Error("no ladder");
const { video } = plan;
const withLadder = (renditions: PlannedRendition[]): StreamPlan => ({ ...plan, video: { ...video, renditions } });
/** The same with one size more above them: what they are called is another place in the ladder. */
const larger = { ...large, id: "video-1", name: "1080p", width: 2_160, height: 1_080, initSha256: "1".repeat(64) };
const grown = withLadder([larger, { ...large, id: "video-2" }, { ...small, id: "video-3" }]);

interface Owner {
  readonly tenantId: string;
  readonly authorization: string;
}
interface Film {
  readonly id: string;
  readonly assetId: string;
}

let owner: Owner;
let film: Film;
let runner: Holder;
beforeEach(async () => {
  owner = await makeKey("member");
  const leased = await streamLeased({ spec, tenantId: owner.tenantId });
  runner = leased.runner;
  film = { id: leased.job.id, assetId: leased.asset.id };
  await commitPlan(leased.task, plan);
  const parts = await leaseParts(runner);
  for (const part of ["encode:0", "encode:1"]) await makeChunk(at(parts, part), plan, ["video-1", "video-2"]);
  await finish();
  await expect.poll(async () => (await jobRow(film.id)).state).toBe("succeeded");
});

function at(parts: ReadonlyMap<string, LeasedTask>, part: string): LeasedTask {
  const task = parts.get(part);
  if (!task) throw new Error(`${part} was not leased`);
  return task;
}

async function commitPlan(task: LeasedTask, made: StreamPlan) {
  const outputs = [
    await writeAs(task, runner, planFiles.plan, "plan", JSON.stringify(made)),
    await writeAs(task, runner, planFiles.index, "index", "0123456789".repeat(made.chunks.length)),
    ...(await Promise.all((made.video?.renditions ?? []).map(({ id }) => writeAs(task, runner, initFile(id), "init")))),
  ];
  const answer = await completeWith(runner, task, { outputs, source: made.source });
  expect(answer.status).toBe(200);
}

/** What a runner sends of a chunk in which it made these renditions; `copies` are the names and texts of all others. */
async function chunkOf(task: LeasedTask, by: StreamPlan, made: readonly string[], copies: Record<string, string> = {}) {
  const { step } = task;
  if (step?.kind !== "encode" || step.chunk === null) throw new Error("no chunk was leased");
  const { chunk } = step;
  const encoded = await Promise.all(
    made.map((id) => {
      const name = segmentFile(id, chunk.firstSegment);
      return writeAs(task, runner, name, "segment", `${task.jobId} ${name}`);
    }),
  );
  const copied = await Promise.all(
    Object.entries(copies).map(([name, text]) => writeAs(task, runner, name, "segment", text)),
  );
  const [sample] = reportOf(chunk, 1).renditions;
  const report: PackageReport = {
    version: 2,
    renditions: made.map((id, place) => {
      const planned = by.video?.renditions.find((rendition) => rendition.id === id);
      const segments = (sample?.segments ?? []).map((segment) => ({ ...segment, bytes: encoded[place]?.bytes ?? 0 }));
      return {
        ...sample,
        ...{ id, segments, initSha256: planned?.initSha256 ?? "" },
      } as PackageReport["renditions"][0];
    }),
  };
  // How often it tried tells who made it: the film had two sizes to make.
  const chosen = made.map((id) => ({ id, rateFactor: 22, probes: made.length, predicted: null }));
  const factors = { seconds: [0, 4] as [number, number], sampleSeconds: 1, renditions: chosen };
  return { outputs: [...encoded, ...copied], ...(made.length > 0 && { report, factors }) };
}

async function makeChunk(...made: Parameters<typeof chunkOf>) {
  const answer = await completeWith(runner, made[0], await chunkOf(...made));
  expect(answer.status).toBe(200);
}

async function finish() {
  const task = at(await leaseParts(runner), "finish");
  const playlist = await writeAs(task, runner, "main.m3u8", "playlist");
  expect((await completeWith(runner, task, { outputs: [playlist] })).status).toBe(200);
}

const ask = (reuse: object, { assetId = film.assetId, by = owner, more = {} } = {}) =>
  call("POST", "/jobs", by.authorization, { assetId, spec: { ...spec, reuse, ...more } });

/** A stream that reuses the film, planned so. */
async function remade(made: StreamPlan, reuse: object = {}) {
  const answer = await ask({ jobId: film.id, ...reuse });
  expect(answer.status).toBe(201);
  const { id } = Job.parse(await answer.json());
  const [task] = await leaseOver(runner, able);
  if (task?.jobId !== id) throw new Error("another job was leased");
  await commitPlan(task, made);
  return { id, parts: await leaseParts(runner) };
}

const reusedOf = ({ inputs }: Pick<LeasedTask, "inputs">) =>
  inputs.flatMap((input) => (input.kind === "presigned" && input.role === "reused" ? [input] : []));

async function storedParts(jobId: string): Promise<Map<string, StoredPart>> {
  const { results } = await env.DB.prepare("SELECT part, stored FROM job_parts WHERE jobId = ?")
    .bind(jobId)
    .all<{ part: string; stored: string }>();
  return new Map(results.map(({ part, stored }) => [part, StoredPart.parse(JSON.parse(stored))]));
}

/** What the film has of a chunk in a rendition. */
async function textOf(rendition: string, ordinal: number): Promise<string> {
  const part = (await storedParts(film.id)).get(`encode:${ordinal}`);
  const object = await bucketOf(env, "weur").get(`${part?.prefix}${segmentFile(rendition, ordinal + 1)}`);
  return (await object?.text()) ?? "";
}

const shownPlan = async (id: string) =>
  JobPlan.parse(await (await call("GET", `/jobs/${id}/plan`, owner.authorization)).json());

test("one size is made anew: its runner gets the others' segments, and what it did not make is the film's", async () => {
  const { id, parts } = await remade(plan, { except: ["720p"] });
  expect((await shownPlan(id)).reused).toEqual({
    jobId: film.id,
    renditions: [{ id: "video-2", of: "video-2" }],
    reason: null,
  });
  for (const ordinal of [0, 1]) {
    const task = at(parts, `encode:${ordinal}`);
    expect(task.inputs.map(({ role }) => role)).toEqual(["source", "index", "reused"]);
    const [input] = reusedOf(task);
    const name = segmentFile("video-2", ordinal + 1);
    expect(input?.name).toBe(name);
    await makeChunk(task, plan, ["video-1"], { [name]: await textOf("video-2", ordinal) });
  }
  const last = at(await leaseParts(runner), "finish");
  const asked = await callLease(runner, "reports", last.leaseToken, {});
  const { reports } = PackageReports.parse(await asked.json());
  expect(reports.map(({ renditions }) => renditions.map((one) => one.id))).toEqual([
    ["video-1", "video-2"],
    ["video-1", "video-2"],
  ]);
  await completeWith(runner, last, { outputs: [await writeAs(last, runner, "main.m3u8", "playlist")] });
  await expect.poll(async () => (await jobRow(id)).state).toBe("succeeded");

  const [before, after] = await Promise.all([storedParts(film.id), storedParts(id)]);
  for (const part of ["encode:0", "encode:1"]) {
    const [old, made] = [before.get(part), after.get(part)];
    expect(made?.prefix, "files of its own").not.toBe(old?.prefix);
    expect(made?.segments[1]).toEqual(old?.segments[1]);
    expect(made?.segments[0]).not.toEqual(old?.segments[0]);
    expect(made?.report?.renditions[1]).toEqual(old?.report?.renditions[1]);
    expect(made?.factors?.renditions.map(({ id, probes }) => [id, probes])).toEqual([
      ["video-1", 1],
      ["video-2", 2],
    ]);
  }
});

test("with one size more, what there was gets other ids: the same bytes by other names", async () => {
  const { id, parts } = await remade(grown);
  const task = at(parts, "encode:1");
  expect(reusedOf(task).map(({ name }) => name)).toEqual(["video-2/seg-00002.m4s", "video-3/seg-00002.m4s"]);
  const again = InputGrants.parse(await (await callLease(runner, "inputs", task.leaseToken, {})).json());
  expect(reusedOf(again).map(({ name, etag }) => [name, etag])).toEqual(
    reusedOf(task).map(({ name, etag }) => [name, etag]),
  );
  const copies = {
    "video-2/seg-00002.m4s": await textOf("video-1", 1),
    "video-3/seg-00002.m4s": await textOf("video-2", 1),
  };
  await makeChunk(task, grown, ["video-1"], copies);
  const old = (await storedParts(film.id)).get("encode:1");
  await expect.poll(async () => (await storedParts(id)).has("encode:1")).toBe(true);
  const made = (await storedParts(id)).get("encode:1");
  expect(made?.report?.renditions.map((one) => one.id)).toEqual(["video-1", "video-2", "video-3"]);
  expect(made?.segments.slice(1).map(([, , etag]) => etag)).toEqual(old?.segments.map(([, , etag]) => etag));

  const first = at(parts, "encode:0");
  const all = { ...copies };
  const nothingMade = await chunkOf(first, grown, [], { ...all });
  expect(await codeOf(await completeWith(runner, first, nothingMade)), "copies of another chunk").toBe(
    "chunk_mismatch",
  );
  await makeChunk(first, grown, ["video-1"], {
    "video-2/seg-00001.m4s": await textOf("video-1", 0),
    "video-3/seg-00001.m4s": await textOf("video-2", 0),
  });
  await finish();
});

test("where everything is there, nothing is encoded; a copy that differs is not taken", async () => {
  const { id, parts } = await remade(plan);
  const name = (rendition: string) => segmentFile(rendition, 1);
  const copies = { [name("video-1")]: await textOf("video-1", 0), [name("video-2")]: await textOf("video-2", 0) };
  const task = at(parts, "encode:0");
  const bent: [string, Record<string, string>][] = [
    ["other bytes", { ...copies, [name("video-2")]: copies[name("video-2")]?.replace(/.$/, "?") ?? "" }],
    ["a byte more", { ...copies, [name("video-2")]: `${copies[name("video-2")]}?` }],
    ["another size's", { ...copies, [name("video-2")]: copies[name("video-1")] ?? "" }],
  ];
  for (const [what, bend] of bent) {
    const answer = await completeWith(runner, task, await chunkOf(task, plan, [], bend));
    expect([answer.status, await codeOf(answer)], what).toEqual([409, "chunk_mismatch"]);
  }
  const less = await chunkOf(task, plan, [], { [name("video-1")]: copies[name("video-1")] ?? "" });
  expect(await codeOf(await completeWith(runner, task, less)), "one is missing").toBe("chunk_mismatch");
  await makeChunk(task, plan, [], copies);
  await makeChunk(at(parts, "encode:1"), plan, ["video-1", "video-2"]);
  await finish();
  await expect.poll(async () => (await jobRow(id)).state).toBe("succeeded");
});

test("what was deleted meanwhile is encoded, however far the new job is", async () => {
  const { id, parts } = await remade(plan, { except: ["720p"] });
  const copy = await textOf("video-2", 0);
  const prefix = (await storedParts(film.id)).get("encode:0")?.prefix ?? "";
  expect((await call("DELETE", `/jobs/${film.id}/outputs`, owner.authorization)).status).toBe(200);
  expect(await bucketOf(env, "weur").head(prefix + segmentFile("video-2", 1))).toBeNull();
  // Who has its copy already can show it by the row, as long as that is there.
  await makeChunk(at(parts, "encode:0"), plan, ["video-1"], { [segmentFile("video-2", 1)]: copy });
  const task = at(parts, "encode:1");
  const asked = await callLease(runner, "inputs", task.leaseToken, {});
  expect(reusedOf(InputGrants.parse(await asked.json()))).toEqual([]);
  await env.DB.prepare("DELETE FROM job_parts WHERE jobId = ?").bind(film.id).run();
  const late = await chunkOf(task, plan, ["video-1"], { [segmentFile("video-2", 2)]: "whatever it was" });
  expect(await codeOf(await completeWith(runner, task, late)), "it is made once more").toBe("chunk_mismatch");
  await makeChunk(task, plan, ["video-1", "video-2"]);
  await finish();
  await expect.poll(async () => (await jobRow(id)).state).toBe("succeeded");
});

test("what was deleted before the plan is said to be gone, and what does not fit why", async () => {
  const other = await remade({ ...plan, video: { ...video, speed: "thorough" } });
  expect((await shownPlan(other.id)).reused).toMatchObject({
    renditions: [],
    reason: "That stream has another speed.",
  });
  for (const part of ["encode:0", "encode:1"]) {
    expect(reusedOf(at(other.parts, part))).toEqual([]);
    await makeChunk(at(other.parts, part), plan, ["video-1", "video-2"]);
  }
  await finish();
  const answer = await ask({ jobId: film.id });
  expect(answer.status).toBe(201);
  await call("DELETE", `/jobs/${film.id}/outputs`, owner.authorization);
  const [task] = await leaseOver(runner, able);
  if (!task) throw new Error("nothing was leased");
  await commitPlan(task, plan);
  expect((await shownPlan(task.jobId)).reused?.reason).toBe("The files of that stream are not there any more.");
  const parts = await leaseParts(runner);
  for (const part of ["encode:0", "encode:1"]) await makeChunk(at(parts, part), plan, ["video-1", "video-2"]);
  await finish();
});

test("a copy is little work: what is encoded is nearly all of the progress", async () => {
  const { id, parts } = await remade(grown);
  const shareOf = (jobId: string) => storedParts(jobId).then((all) => all.get("plan")?.weight);
  expect(await shareOf(id)).toBe(await shareOf(film.id));
  for (const [place, part] of ["encode:0", "encode:1"].entries())
    await makeChunk(at(parts, part), grown, ["video-1"], {
      [segmentFile("video-2", place + 1)]: await textOf("video-1", place),
      [segmentFile("video-3", place + 1)]: await textOf("video-2", place),
    });
  await expect.poll(async () => (await storedParts(id)).size).toBe(3);
  const encodes = await storedParts(id).then((all) => all.get("encode:0")?.weight ?? 0);
  const before = await storedParts(film.id).then((all) => all.get("encode:0")?.weight ?? 0);
  // 64 % of the pixels are the new size's. What is besides, the end alone, weighs more by that.
  expect(before).toBeCloseTo(0.48, 5);
  const work = 0.96 * (0.6429 + 0.3571 * 0.02);
  expect(encodes).toBeCloseTo((work / 2 / (work + 0.02)) * 0.98, 3);
  await finish();
});

test("creation refuses by field what can't be taken", async () => {
  const problem = async (answer: Response): Promise<unknown> => {
    const { code, errors } = (await answer.json()) as { code: string; errors: unknown };
    return [answer.status, code, errors];
  };
  const says = (path: string, message: string) => [422, "invalid_request", [{ path, message }]];
  const jobId = film.id;
  const none = says("spec.reuse.jobId", "is not one of your jobs");
  expect(await problem(await ask({ jobId: "job_01arz3ndektsv4rrffq69g5fav_weur" }))).toEqual(none);
  const stranger = await makeKey("member");
  const theirs = await seedJob("weur", { tenantId: stranger.tenantId });
  const asStranger = { by: stranger, assetId: theirs.asset.id };
  expect(await problem(await ask({ jobId }, asStranger)), "another tenant's reads as none").toEqual(none);

  const { job, asset } = await seedJob("weur", { tenantId: owner.tenantId });
  expect(await problem(await ask({ jobId: job.id }))).toEqual(says("spec.reuse.jobId", "makes no stream"));
  expect(await problem(await ask({ jobId }, { assetId: asset.id }))).toEqual(
    says("spec.reuse.jobId", "is of another asset"),
  );
  const fetched = await call("POST", "/jobs", owner.authorization, {
    sourceUrl: "https://films.example.com/a.mp4",
    spec: { ...spec, reuse: { jobId } },
  });
  expect(await problem(fetched)).toEqual(says("spec.reuse.jobId", "is of another asset"));
  expect(await problem(await ask({ jobId, except: ["360p", "480p"] }))).toEqual(
    says("spec.reuse.except.1", "is no size of that stream: it has 720p, 360p"),
  );
  const preset = { assetId: film.assetId, preset: "hls-1080p", overrides: { reuse: { jobId: job.id } } };
  expect(await problem(await call("POST", "/jobs", owner.authorization, preset))).toEqual(
    says("overrides.reuse.jobId", "makes no stream"),
  );
  const batch = {
    sources: [{ assetId: film.assetId }, { assetId: asset.id }],
    job: { spec: { ...spec, reuse: { jobId } } },
  };
  expect(await problem(await call("POST", "/batches", owner.authorization, batch))).toEqual(
    says("job.spec.reuse.jobId", "is of another asset"),
  );
  await env.DB.prepare("UPDATE jobs SET state = 'failed' WHERE id = ?").bind(jobId).run();
  expect(await problem(await ask({ jobId }))).toEqual(says("spec.reuse.jobId", "has not succeeded: it is failed"));
  await env.DB.prepare("UPDATE jobs SET state = 'succeeded', outputsErasedAt = 1 WHERE id = ?").bind(jobId).run();
  expect(await problem(await ask({ jobId }))).toEqual(
    says("spec.reuse.jobId", "has no files any more: they were deleted"),
  );
});

test("a repeat with its key finds its job, though what it reuses is gone by then", async () => {
  const headers = { "idempotency-key": "again" };
  const body = { assetId: film.assetId, spec: { ...spec, reuse: { jobId: film.id } }, startAt: Date.now() + 3_600_000 };
  const first = Job.parse(await (await call("POST", "/jobs", owner.authorization, body, headers)).json());
  await call("DELETE", `/jobs/${film.id}/outputs`, owner.authorization);
  const again = Job.parse(await (await call("POST", "/jobs", owner.authorization, body, headers)).json());
  expect(again.id).toBe(first.id);
  expect(again.spec).toMatchObject({ reuse: { jobId: film.id, except: [] } });
});
