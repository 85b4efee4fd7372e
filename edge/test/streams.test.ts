import { env } from "cloudflare:workers";
import { InputGrants, PackageReports } from "@reelway/shared/contracts/grant";
import { JobStatus } from "@reelway/shared/contracts/job";
import { LeaseOutcome } from "@reelway/shared/contracts/lease";
import { limits } from "@reelway/shared/limits";
import { expect, test } from "vitest";
import { liveStatus } from "../src/channel/current-status.ts";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import { bucketOf } from "../src/env.ts";
import { retryJob } from "../src/jobs/retry-job.ts";
import { eraseOutputs } from "../src/retention/erase-outputs.ts";
import { settingsOf } from "../src/settings.ts";
import { sweepStorage } from "../src/storage-sweep/sweep-storage.ts";
import { callLease, codeOf, jobRow, leaseOver } from "./support/fleet.ts";
import { prefixOf } from "./support/leases.ts";
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

const outcomeOf = async (response: Response) => LeaseOutcome.parse(await response.json()).outcome;
const partsOf = async (jobId: string) => (await partRows(jobId)).results.map(({ part }) => part);

test("from plan to playlists: the chunks are added, each by itself, and the last task ends the job", async () => {
  const { job, task, runner } = await streamLeased();
  expect(task.inputs.map(({ role }) => role)).toEqual(["source"]);
  expect(await outcomeOf(await completePlan(runner, task, planOf(3)))).toBe("completed");

  const parts = await leaseParts(runner);
  expect([...parts.keys()].sort()).toEqual(["audio", "encode:0", "encode:1", "encode:2", "thumbnails"]);
  expect(parts.get("encode:1")?.inputs.map(({ role }) => role)).toEqual(["source", "index"]);
  expect(parts.get("audio")?.inputs.map(({ role }) => role)).toEqual(["source", "plan"]);

  for (const [part, leased] of parts) {
    if (part === "audio") await completeAudio(runner, leased, 3);
    else if (part === "thumbnails")
      await completeWith(runner, leased, { outputs: [await writeAs(leased, runner, "poster.jpg", "poster")] });
    else expect(await outcomeOf(await completeChunk(runner, leased))).toBe("completed");
  }
  expect((await jobRow(job.id)).state).toBe("running");
  expect((await jobRow(job.id)).playableAt).not.toBeNull();

  const finish = (await leaseParts(runner)).get("finish");
  if (!finish) throw new Error("nothing to finish");
  const answer = await callLease(runner, "reports", finish.leaseToken, {});
  const { reports } = PackageReports.parse(await answer.json());
  expect(reports.map(({ renditions }) => [renditions[0]?.id, renditions[0]?.segments[0]?.number])).toEqual([
    ["audio-1", 1],
    ["video-1", 1],
    ["video-1", 2],
    ["video-1", 3],
  ]);
  const playlist = await writeAs(finish, runner, "main.m3u8", "playlist");
  expect(await outcomeOf(await completeWith(runner, finish, { outputs: [playlist] }))).toBe("completed");
  await expect.poll(async () => (await jobRow(job.id)).state).toBe("succeeded");

  const { manifest } = await jobRow(job.id);
  expect(manifest?.outputs.map(({ name }) => name).sort()).toEqual(["main.m3u8", "plan.json", "poster.jpg"]);
  for (const { name, prefix = manifest?.prefix } of manifest?.outputs ?? [])
    expect(await bucketOf(env, "weur").head(`${prefix}${name}`), name).not.toBeNull();
  expect((await partRows(job.id)).results).toMatchObject([
    { part: "audio", firstSegment: null },
    { part: "encode:0", firstSegment: 1, endSegment: 2 },
    { part: "encode:1", firstSegment: 2, endSegment: 3 },
    { part: "encode:2", firstSegment: 3, endSegment: 4 },
    { part: "plan" },
    { part: "thumbnails" },
  ]);
});

test("a chunk that does not fit the plan is not taken, and can be made again", async () => {
  const { task, runner } = await streamLeased();
  await completePlan(runner, task, planOf(1, { sound: false }));
  const chunk = (await leaseParts(runner)).get("encode:0");
  if (!chunk) throw new Error("no chunk");
  const bent: [string, (rendition: { [field: string]: unknown }) => unknown][] = [
    ["another init segment", (one) => Object.assign(one, { initSha256: "f".repeat(64) })],
    ["a picture less", ({ segments }) => Array.isArray(segments) && Object.assign(segments[0], { samples: 95 })],
    ["other ticks", (one) => Object.assign(one, { timescale: 90_000 })],
  ];
  for (const [what, bend] of bent) {
    const answer = await completeChunk(runner, chunk, ({ renditions: [first] }) => first && bend(first));
    expect([answer.status, await codeOf(answer)], what).toEqual([409, "chunk_mismatch"]);
  }
  const cut = await completeChunk(runner, chunk, ({ renditions }) => {
    const [segment] = renditions[1]?.segments ?? [];
    if (segment) Object.assign(segment, { duration: segment.duration - 1 });
  });
  expect(await codeOf(cut)).toBe("chunk_mismatch");
  const lost = await completeChunk(runner, chunk, ({ renditions }) => renditions.pop());
  expect(await codeOf(lost), "files that no report names").toBe("output_refused");
  const crowded = await completeChunk(runner, chunk, ({ renditions }) => {
    const [segment] = renditions[0]?.segments ?? [];
    const key = { time: 0, offset: 0, bytes: 1 };
    if (segment) Object.assign(segment, { keyFrames: Array(limits.keyFramesPerSegment + 1).fill(key) });
  });
  expect(await codeOf(crowded), "more key frames than a segment can have").toBe("invalid_request");
  expect(await outcomeOf(await completeChunk(runner, chunk))).toBe("completed");
});

test("a plan that is none is refused, and adds nothing", async () => {
  const { task, runner } = await streamLeased();
  const plan = planOf(2);
  const [first, second] = plan.chunks;
  if (!first || !second) throw new Error("no chunks");
  const torn = { ...plan, chunks: [first, { ...second, start: second.start + 1 }] };
  expect(await codeOf(await completePlan(runner, task, torn))).toBe("output_refused");
  const none = await completeWith(runner, task, { outputs: [await writeAs(task, runner, "other.json", "plan")] });
  expect(await codeOf(none)).toBe("output_refused");
  expect((await leaseParts(runner)).size).toBe(0);
});

test("only the task that finishes a stream is told the others' reports", async () => {
  const { task, runner } = await streamLeased();
  expect(await codeOf(await callLease(runner, "reports", task.leaseToken, {}))).toBe("output_refused");
});

test("fresh grants are for the same inputs, the index among them", async () => {
  const { task, runner } = await streamLeased();
  await completePlan(runner, task, planOf(1, { sound: false }));
  const chunk = (await leaseParts(runner)).get("encode:0");
  if (!chunk) throw new Error("no chunk");
  const { inputs } = InputGrants.parse(await (await callLease(runner, "inputs", chunk.leaseToken, {})).json());
  expect(inputs.map(({ role }) => role)).toEqual(["source", "index"]);
  const [, index] = inputs;
  if (index?.kind !== "presigned") throw new Error("no presigned input");
  expect(index.bytes).toBe(10);
});

test("the share of each part makes the job's progress, and what is done is never taken back", async () => {
  const { job, task, runner } = await streamLeased();
  await completePlan(runner, task, planOf(4, { sound: false }));
  const parts = await leaseParts(runner);
  const report = (part: string, sequence: number, percent: number) =>
    callLease(runner, "progress", parts.get(part)?.leaseToken ?? "", {
      ...{ sequence, stage: "processing", percent, fps: 30, speed: null, etaSeconds: null, message: "" },
    });
  const status = async () => JobStatus.parse(await liveStatus(env, await jobRow(job.id)));
  await report("encode:0", 1, 50);
  await report("encode:1", 1, 50);
  const both = await status();
  // Two percent are the plan's, two each are thumbnails' and the end's.
  expect(both.percent).toBeCloseTo(0.94 * 25 + 2, 0);
  expect([both.fps, both.stage]).toEqual([60, "processing"]);
  const chunk = parts.get("encode:0");
  if (chunk) await completeChunk(runner, chunk);
  await expect.poll(async () => (await status()).percent).toBeCloseTo(0.94 * 37.5 + 2, 0);
  await report("encode:1", 1, 10);
  expect((await status()).percent).toBeCloseTo(0.94 * 37.5 + 2, 0);
});

test("a retry goes on with what is done, and what a failed run left is kept for it, then swept", async () => {
  const { job, task, runner, asset } = await streamLeased();
  await completePlan(runner, task, planOf(3, { sound: false }));
  const first = await leaseParts(runner);
  for (const part of ["encode:0", "encode:2", "thumbnails"]) {
    const leased = first.get(part);
    if (!leased) throw new Error(`${part} was not leased`);
    if (part === "thumbnails") await completeWith(runner, leased, { outputs: [] });
    else await completeChunk(runner, leased);
  }
  const failing = first.get("encode:1");
  await callLease(runner, "fail", failing?.leaseToken ?? "", { error: { code: "input_unreadable", message: "x" } });
  await expect.poll(async () => (await jobRow(job.id)).state).toBe("failed");
  expect(await partsOf(job.id)).toEqual(["encode:0", "encode:2", "plan", "thumbnails"]);
  await sweepStorage(env, Date.now() + limits.checkpointMs / 2);

  const { dispatch } = await retryJob(env, job.tenantId, job.id, Date.now());
  for (const entry of dispatch) await dispatchJob(env, entry);
  const [again] = await leaseOver(runner, able);
  if (again?.step?.kind !== "plan") throw new Error("a retry begins with the plan");
  await completePlan(runner, again, planOf(3, { sound: false }));
  const left = await leaseParts(runner);
  expect([...left.keys()], "only what is missing").toEqual(["encode:1"]);
  const [, missing] = [...left][0] ?? [];
  if (missing) await completeChunk(runner, missing);
  const finish = (await leaseParts(runner)).get("finish");
  if (!finish) throw new Error("nothing to finish");
  const { reports } = PackageReports.parse(await (await callLease(runner, "reports", finish.leaseToken, {})).json());
  expect(reports).toHaveLength(3);
  await completeWith(runner, finish, { outputs: [await writeAs(finish, runner, "main.m3u8", "playlist")] });
  await expect.poll(async () => (await jobRow(job.id)).state).toBe("succeeded");

  // Everything that the finished film is made of is there when all sweeps are through, and nothing else.
  for (const later of [1, 2, 3])
    await sweepStorage(env, Date.now() + limits.checkpointMs + later * limits.storageSweepAgainMs);
  const kept = await bucketOf(env, "weur").list({ prefix: `t/${job.tenantId}/` });
  const rows = (await partRows(job.id)).results;
  const { manifest } = await jobRow(job.id);
  const prefixes = [...rows.map(({ prefix }) => prefix), manifest?.prefix ?? ""];
  const foreign = kept.objects.filter(({ key }) => !prefixes.some((prefix) => key.startsWith(prefix)));
  expect(foreign.map(({ key }) => key)).toEqual([asset.storageKey]);
  for (const { part, prefix } of rows)
    if (part.startsWith("encode"))
      expect(
        kept.objects.filter(({ key }) => key.startsWith(prefix)),
        part,
      ).toHaveLength(2);

  await eraseOutputs(env, [await jobRow(job.id)], { leaseMs: settingsOf(env).leaseMs, now: Date.now() });
  const bare = await bucketOf(env, "weur").list({ prefix: `t/${job.tenantId}/` });
  expect(
    bare.objects.map(({ key }) => key),
    "of both runs nothing is left",
  ).toEqual([asset.storageKey]);
  for (const later of [1, 2, 3])
    await sweepStorage(env, Date.now() + limits.checkpointMs + later * limits.storageSweepAgainMs);
  expect((await partRows(job.id)).results).toEqual([]);
});

test("another plan makes everything anew", async () => {
  const { job, task, runner } = await streamLeased();
  await completePlan(runner, task, planOf(2, { sound: false }));
  const first = await leaseParts(runner);
  const [done, failing] = [first.get("encode:0"), first.get("encode:1")];
  if (!done || !failing) throw new Error("no chunks");
  await completeChunk(runner, done);
  const before = await prefixOf(done, runner);
  await callLease(runner, "fail", failing.leaseToken, { error: { code: "input_unreadable", message: "x" } });
  await expect.poll(async () => (await jobRow(job.id)).state).toBe("failed");
  const { dispatch } = await retryJob(env, job.tenantId, job.id, Date.now());
  for (const entry of dispatch) await dispatchJob(env, entry);
  const [again] = await leaseOver(runner, able);
  if (!again) throw new Error("nothing to retry");
  const other = planOf(2, { sound: false });
  await completePlan(runner, again, { ...other, durationSeconds: 7.9 });
  const parts = await leaseParts(runner);
  expect([...parts.keys()].sort()).toEqual(["encode:0", "encode:1", "thumbnails"]);
  const chunk = parts.get("encode:0");
  if (chunk) await completeChunk(runner, chunk);
  await expect.poll(async () => (await partRows(job.id)).results.find(({ part }) => part === "encode:0")?.run).toBe(2);
  const row = (await partRows(job.id)).results.find(({ part }) => part === "encode:0");
  expect(row?.prefix).not.toBe(before);
});
