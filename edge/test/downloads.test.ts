import { env } from "cloudflare:workers";
import { type GrantedFile, RenditionFiles } from "@reelway/shared/contracts/grant";
import type { LeasedTask } from "@reelway/shared/contracts/lease";
import type { Manifest } from "@reelway/shared/contracts/manifest";
import { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { newId } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { expect, test } from "vitest";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import { retryJob } from "../src/jobs/retry-job.ts";
import { call } from "./support/api.ts";
import { callLease, codeOf, type Holder, jobRow, leaseOver, makeKey } from "./support/fleet.ts";
import { end, prefixOf } from "./support/leases.ts";
import {
  able,
  completeAudio,
  completeChunk,
  completePlan,
  completeWith,
  leaseParts,
  partRows,
  planOf,
  streamLeased,
  writeAs,
} from "./support/streams.ts";

const spec = StreamSpec.parse({ kind: "stream", downloads: ["1080p", "360p"] });

/** A film of so many chunks that is to have downloads, with its first parts leased. */
async function filmOf(chunks: number, sound: boolean) {
  const { tenantId, authorization } = await makeKey("member");
  const entry = await streamLeased({ tenantId, spec });
  await completePlan(entry.runner, entry.task, planOf(chunks, { sound }));
  return { ...entry, key: authorization.slice("Bearer ".length), parts: await leaseParts(entry.runner) };
}

async function completeAll(runner: Holder, parts: ReadonlyMap<string, LeasedTask>, segments: number) {
  for (const [part, task] of parts) {
    if (part === "audio") await completeAudio(runner, task, segments);
    else if (part === "thumbnails") await completeWith(runner, task, { outputs: [] });
    else expect((await completeChunk(runner, task)).status, part).toBe(200);
  }
}

async function leasedPart(runner: Holder, part: string): Promise<LeasedTask> {
  const parts = await leaseParts(runner);
  expect([...parts.keys()]).toEqual([part]);
  const task = parts.get(part);
  if (!task) throw new Error(`${part} was not leased`);
  return task;
}

const filesOf = (runner: Holder, { leaseToken }: LeasedTask, rendition: string, from: number) =>
  callLease(runner, "files", leaseToken, { rendition, from });

/** All files of a rendition, page by page. */
async function allFiles(runner: Holder, task: LeasedTask, rendition: string) {
  const pages: GrantedFile[][] = [];
  for (let from: number | null = 0; from !== null; ) {
    const page: RenditionFiles = RenditionFiles.parse(await (await filesOf(runner, task, rendition, from)).json());
    pages.push(page.files);
    from = page.next;
  }
  return pages;
}

async function filmFile(task: LeasedTask, runner: Holder, quality: string, width: number, height: number) {
  const media = { ...{ durationSeconds: 8, width, height, fps: 24 }, videoCodec: "h264", audioCodec: "aac" };
  return { ...(await writeAs(task, runner, `film-${quality}.mp4`, "video")), media };
}

const retried = async (tenantId: string, id: string) => {
  const { dispatch } = await retryJob(env, tenantId, id, Date.now());
  for (const entry of dispatch) await dispatchJob(env, entry);
};

test("a stream that nobody wants to download has no task for it", async () => {
  const { task, runner } = await streamLeased();
  await completePlan(runner, task, planOf(1, { sound: false }));
  await completeAll(runner, await leaseParts(runner), 1);
  await end(runner, await leasedPart(runner, "finish"));
});

test("files of the sizes asked for are made when all segments are there, and downloaded by their names", async () => {
  const { job, runner, parts, key } = await filmOf(2, true);
  await completeAll(runner, parts, 2);
  const joining = await leasedPart(runner, "progressive");
  expect(joining.inputs.map(({ role }) => role)).toEqual(["plan"]);
  expect((await callLease(runner, "reports", joining.leaseToken, {})).status).toBe(200);

  const [[init, first, second, ...more] = []] = await allFiles(runner, joining, "video-2");
  expect([init?.name, first?.name, second?.name, more.length]).toEqual([
    ...["video-2/init.mp4", "video-2/seg-00001.m4s", "video-2/seg-00002.m4s", 0],
  ]);
  for (const [rendition, part] of [
    ["video-2", "encode:1"],
    ["audio-1", "audio"],
  ] as const) {
    const leased = parts.get(part);
    if (!leased) throw new Error(`${part} was not leased`);
    const last = (await allFiles(runner, joining, rendition)).flat().at(-1);
    expect(new URL(last?.request.url ?? "").pathname).toContain(await prefixOf(leased, runner));
    expect(last?.request.headers).toEqual({ "if-match": `"${last?.etag}"` });
  }
  expect(await codeOf(await filesOf(runner, joining, "video-3", 0))).toBe("output_not_found");

  const outputs = [
    await filmFile(joining, runner, "720p", 1_440, 720),
    await filmFile(joining, runner, "360p", 720, 360),
  ];
  await completeWith(runner, joining, { outputs });
  const finish = await leasedPart(runner, "finish");
  expect(await codeOf(await filesOf(runner, finish, "video-1", 0)), "only who joins").toBe("output_refused");
  await completeWith(runner, finish, { outputs: [await writeAs(finish, runner, "main.m3u8", "playlist")] });
  await expect.poll(async () => (await jobRow(job.id)).state).toBe("succeeded");

  const ask = async (query: string) => call(`/api/v1/jobs/${job.id}/download${query}`, { key });
  for (const [query, name, saved] of [
    ["?quality=360p", "film-360p.mp4", "-360p.mp4"],
    ["?quality=720p", "film-720p.mp4", ".mp4"],
    ["", "film-720p.mp4", ".mp4"],
  ] as const) {
    const answer = await ask(query);
    expect(await answer.text()).toBe(name);
    expect(answer.headers.get("content-disposition")).toContain(saved);
    expect(answer.headers.get("content-disposition")).not.toContain("film-");
  }
  const none = await ask("?quality=1080p");
  const problem: unknown = await none.json();
  expect(problem).toMatchObject({ code: "no_single_file", detail: expect.stringContaining("720p, 360p") });
  const tasks = await (await call(`/api/v1/jobs/${job.id}/tasks`, { key })).json<{ items: { part: string }[] }>();
  expect(tasks.items.map(({ part }) => part)).toEqual([
    ...["plan", "audio", "thumbnails", "encode:0", "encode:1", "progressive", "finish"],
  ]);
});

test("what is granted of a long rendition comes in pages, from D1 or from the queue alike", async () => {
  const { job, runner, parts } = await filmOf(1, true);
  const segments = limits.grantsPerRequest + 40;
  await completeAll(runner, parts, segments);
  const joining = await leasedPart(runner, "progressive");
  const stored = await allFiles(runner, joining, "audio-1");
  expect(stored.map((page) => page.length)).toEqual([limits.grantsPerRequest, 41]);
  expect(stored.flat().map(({ name }) => name)).toEqual([
    "audio-1/init.mp4",
    ...Array.from({ length: segments }, (_, place) => `audio-1/seg-${String(place + 1).padStart(5, "0")}.m4s`),
  ]);
  // As if the projection had not come so far.
  await env.DB.prepare("DELETE FROM job_parts WHERE jobId = ? AND part <> 'plan'").bind(job.id).run();
  const queued = await allFiles(runner, joining, "audio-1");
  const keyOf = ({ request: { url } }: GrantedFile) => new URL(url).pathname;
  expect(queued.map((page) => page.map(keyOf))).toEqual(stored.map((page) => page.map(keyOf)));
  expect((await allFiles(runner, joining, "video-1")).flat().map(({ name }) => name)).toEqual([
    ...["video-1/init.mp4", "video-1/seg-00001.m4s"],
  ]);
  await end(runner, joining);
});

test("a retry keeps the files that were joined, and makes them anew where a part of them was", async () => {
  const { job, runner, parts } = await filmOf(2, false);
  await completeAll(runner, parts, 0);
  const joining = await leasedPart(runner, "progressive");
  await completeWith(runner, joining, { outputs: [await filmFile(joining, runner, "720p", 1_440, 720)] });
  const failing = async () => {
    const finish = await leasedPart(runner, "finish");
    await callLease(runner, "fail", finish.leaseToken, { error: { code: "spec_unsupported", message: "x" } });
    await expect.poll(async () => (await jobRow(job.id)).state).toBe("failed");
    await retried(job.tenantId, job.id);
    const [again] = await leaseOver(runner, able);
    if (again?.step?.kind !== "plan") throw new Error("a retry begins with the plan");
    await completePlan(runner, again, planOf(2, { sound: false }));
  };
  await failing();
  // All is kept: only the end is left, once more.
  await env.DB.prepare("UPDATE job_parts SET part = 'forgotten' WHERE jobId = ? AND part = 'encode:1'")
    .bind(job.id)
    .run();
  await failing();
  const remade = await leaseParts(runner);
  expect([...remade.keys()], "the file waits for the part that is made anew").toEqual(["encode:1"]);
  await completeAll(runner, remade, 0);
  const again = await leasedPart(runner, "progressive");
  await callLease(runner, "fail", again.leaseToken, { error: { code: "spec_unsupported", message: "x" } });
  await expect.poll(async () => (await jobRow(job.id)).state).toBe("failed");

  // Every part is there now, and the file in D1 is still the one of before: it is not taken for one of these parts.
  const rows = (await partRows(job.id)).results.map(({ part }) => part);
  expect(rows).toEqual(expect.arrayContaining(["encode:0", "encode:1", "progressive"]));
  await retried(job.tenantId, job.id);
  const [plan] = await leaseOver(runner, able);
  if (!plan) throw new Error("nothing to retry");
  await completePlan(runner, plan, planOf(2, { sound: false }));
  await end(runner, await leasedPart(runner, "progressive"));
});

test("sound that turns out to be empty is nobody's fault, and the film goes on without it", async () => {
  const { job, runner, parts } = await filmOf(1, true);
  const audio = parts.get("audio");
  if (!audio) throw new Error("no sound");
  const report = { version: 2, renditions: [], empty: ["audio-1"] };
  expect((await completeWith(runner, audio, { outputs: [], report })).status).toBe(200);
  await completeAll(runner, new Map([...parts].filter(([part]) => part !== "audio")), 0);
  await expect.poll(async () => (await jobRow(job.id)).playableAt).not.toBeNull();
  const joining = await leasedPart(runner, "progressive");
  expect(await codeOf(await filesOf(runner, joining, "audio-1", 0))).toBe("output_not_found");
  await end(runner, joining);
});

test("the delivery of a stream counts what all of its tasks delivered", async () => {
  const { job, runner, parts } = await filmOf(2, false);
  const delivered = (files: number): Manifest["delivery"] => ({
    ...{ connectionId: newId("con"), bucket: "own", prefix: "films/", files, bytes: files * 100 },
  });
  const thumbnails = parts.get("thumbnails");
  if (!thumbnails) throw new Error("no thumbnails");
  await completeWith(runner, thumbnails, { outputs: [], delivery: delivered(3) });
  await completeAll(runner, new Map([...parts].filter(([part]) => part !== "thumbnails")), 0);
  const joining = await leasedPart(runner, "progressive");
  const outputs = [await filmFile(joining, runner, "720p", 1_440, 720)];
  await completeWith(runner, joining, { outputs, delivery: delivered(1) });
  const finish = await leasedPart(runner, "finish");
  await completeWith(runner, finish, { outputs: [], delivery: delivered(5) });
  await expect.poll(async () => (await jobRow(job.id)).state).toBe("succeeded");
  expect((await jobRow(job.id)).manifest?.delivery).toMatchObject({ files: 9, bytes: 900 });
});
