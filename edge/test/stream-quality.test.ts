import { env } from "cloudflare:workers";
import { InputGrants } from "@reelway/shared/contracts/grant";
import type { LeasedTask } from "@reelway/shared/contracts/lease";
import { JobQuality, type PartQuality, StreamFindings } from "@reelway/shared/contracts/quality";
import { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { JobWaiting } from "@reelway/shared/contracts/waiting";
import { expect, test } from "vitest";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import { retryJob } from "../src/jobs/retry-job.ts";
import { problemOf } from "./support/assets.ts";
import {
  call,
  callLease,
  codeOf,
  type Holder,
  jobRow,
  leaseOver,
  makeKey,
  makeRunner,
  seedJob,
} from "./support/fleet.ts";
import {
  able,
  completeChunk,
  completePlan,
  completeWith,
  leaseParts,
  partRows,
  spec as plainSpec,
  planOf,
  streamLeased,
  writeAs,
} from "./support/streams.ts";

const spec = StreamSpec.parse({ kind: "stream", qualityReport: true });

const spread = (mean: number) => ({ mean, low: mean - 0.01, min: mean - 0.02, worstSeconds: 1 });
/** What a runner found out about a chunk of four seconds. */
function qualityOf(ordinal: number, ssim: number, vmaf: number | null): PartQuality {
  const scores = { pictures: 96, ssim: spread(ssim), psnr: spread(40) };
  const vmafs = vmaf === null ? null : { ...spread(vmaf), harmonicMean: vmaf - 0.5 };
  return {
    ...{ seconds: [ordinal * 4, ordinal * 4 + 4], vmafEvery: 1, unmeasured: null },
    renditions: ["video-1", "video-2"].map((id) => ({ id, ...scores, vmaf: vmafs })),
  };
}

const measure = (runner: Holder, task: LeasedTask, quality: PartQuality) =>
  completeWith(runner, task, { outputs: [], quality });

function partOf(parts: ReadonlyMap<string, LeasedTask>, name: string): LeasedTask {
  const task = parts.get(name);
  if (!task) throw new Error(`${name} was not leased, but ${[...parts.keys()].join(", ")}`);
  return task;
}

const namesOf = ({ inputs }: Pick<LeasedTask, "inputs">) =>
  inputs.flatMap((input) => (input.kind === "presigned" && input.role === "encoded" ? [input.name] : []));

async function keyedStream() {
  const { tenantId, authorization } = await makeKey("member");
  const film = await streamLeased({ spec, tenantId });
  const quality = () => call("GET", `/jobs/${film.job.id}/quality`, authorization);
  return { ...film, quality };
}

test("pictures are measured after all are made, each chunk by what was committed of it, before the end", async () => {
  const { job, task, runner, quality } = await keyedStream();
  expect(await problemOf(await quality())).toEqual([409, "stream_not_ready"]);
  await completePlan(runner, task, planOf(2, { sound: false }));
  await completeChunk(runner, partOf(await leaseParts(runner, 1), "encode:0"));
  const second = await leaseParts(runner, 2);
  expect([...second.keys()].sort(), "what can be played goes first").toEqual(["encode:1", "thumbnails"]);
  const measuring = partOf(await leaseParts(runner), "quality:0");
  expect(measuring.inputs.map(({ role }) => role)).toEqual([
    ...["source", "index", "encoded", "encoded", "encoded", "encoded"],
  ]);
  const expected = ["video-1/init.mp4", "video-2/init.mp4", "video-1/seg-00001.m4s", "video-2/seg-00001.m4s"];
  expect(namesOf(measuring)).toEqual(expected);
  const again = InputGrants.parse(await (await callLease(runner, "inputs", measuring.leaseToken, {})).json());
  expect(namesOf(again)).toEqual(expected);

  await measure(runner, measuring, qualityOf(0, 0.98, 95));
  await completeChunk(runner, partOf(second, "encode:1"));
  await completeWith(runner, partOf(second, "thumbnails"), { outputs: [] });
  const last = await leaseParts(runner);
  expect([...last.keys()], "the end waits for what is measured").toEqual(["quality:1"]);
  expect(await codeOf(await callLease(runner, "findings", partOf(last, "quality:1").leaseToken, {}))).toBe(
    "output_refused",
  );
  await expect.poll(async () => JobQuality.parse(await (await quality()).json()).measured).toBe(1);
  await measure(runner, partOf(last, "quality:1"), qualityOf(1, 0.94, null));

  const finish = partOf(await leaseParts(runner), "finish");
  const { items } = StreamFindings.parse(await (await callLease(runner, "findings", finish.leaseToken, {})).json());
  expect(items.map(({ part }) => part).sort()).toEqual(["quality:0", "quality:1"]);
  await completeWith(runner, finish, { outputs: [await writeAs(finish, runner, "main.m3u8", "playlist")] });
  await expect.poll(async () => (await jobRow(job.id)).state).toBe("succeeded");

  const report = JobQuality.parse(await (await quality()).json());
  expect(report).toMatchObject({ jobId: job.id, target: null, measured: 2, planned: 2 });
  expect(report.renditions[0]).toMatchObject({
    ...{ id: "video-1", name: "720p", pictures: 192, vmafPictures: 96, rateFactors: null },
    ssim: { mean: 0.96, min: expect.closeTo(0.92) },
    vmaf: { mean: 95, harmonicMean: 94.5 },
  });
  expect(report.chunks.map(({ ordinal, startSeconds }) => [ordinal, startSeconds])).toEqual([
    [0, 0],
    [1, 4],
  ]);
});

test("a retry measures what was made and not measured, and again what is made again", async () => {
  const { job, task, runner } = await streamLeased({ spec });
  await completePlan(runner, task, planOf(3, { sound: false }));
  const first = await leaseParts(runner);
  await completeWith(runner, partOf(first, "thumbnails"), { outputs: [] });
  await completeChunk(runner, partOf(first, "encode:0"));
  await completeChunk(runner, partOf(first, "encode:1"));
  const measuring = await leaseParts(runner);
  await measure(runner, partOf(measuring, "quality:0"), qualityOf(0, 0.98, 95));
  await callLease(runner, "fail", partOf(first, "encode:2").leaseToken, {
    error: { code: "input_unreadable", message: "x" },
  });
  await expect.poll(async () => (await jobRow(job.id)).state).toBe("failed");
  // As if chunk 0 had been lost: what was measured of it is nothing that counts any more.
  await env.DB.prepare("DELETE FROM job_parts WHERE jobId = ? AND part = 'encode:0'").bind(job.id).run();

  const { dispatch } = await retryJob(env, job.tenantId, job.id, Date.now());
  for (const entry of dispatch) await dispatchJob(env, entry);
  const [again] = await leaseOver(runner, able);
  if (!again) throw new Error("nothing to retry");
  await completePlan(runner, again, planOf(3, { sound: false }));
  const left = await leaseParts(runner);
  expect([...left.keys()].sort(), "chunk 1 is there, and waits for nobody").toEqual([
    "encode:0",
    "encode:2",
    "quality:1",
  ]);
  expect(namesOf(partOf(left, "quality:1")).length).toBe(4);
  for (const part of ["encode:0", "encode:2"]) await completeChunk(runner, partOf(left, part));
  await measure(runner, partOf(left, "quality:1"), qualityOf(1, 0.9, 80));
  const rest = await leaseParts(runner);
  expect([...rest.keys()].sort()).toEqual(["quality:0", "quality:2"]);
  for (const ordinal of [0, 2]) await measure(runner, partOf(rest, `quality:${ordinal}`), qualityOf(ordinal, 0.9, 80));
  const finish = partOf(await leaseParts(runner), "finish");
  await completeWith(runner, finish, { outputs: [await writeAs(finish, runner, "main.m3u8", "playlist")] });
  await expect.poll(async () => (await jobRow(job.id)).state).toBe("succeeded");
  expect((await partRows(job.id)).results.map(({ part }) => part)).toContain("quality:1");
});

test("a retry of which only the end is left begins with it", async () => {
  const { job, task, runner } = await streamLeased({ spec });
  await completePlan(runner, task, planOf(1, { sound: false }));
  const first = await leaseParts(runner);
  await completeWith(runner, partOf(first, "thumbnails"), { outputs: [] });
  await completeChunk(runner, partOf(first, "encode:0"));
  await measure(runner, partOf(await leaseParts(runner), "quality:0"), qualityOf(0, 0.98, 95));
  const finish = partOf(await leaseParts(runner), "finish");
  await callLease(runner, "fail", finish.leaseToken, { error: { code: "input_unreadable", message: "x" } });
  await expect.poll(async () => (await jobRow(job.id)).state).toBe("failed");
  const { dispatch } = await retryJob(env, job.tenantId, job.id, Date.now());
  for (const entry of dispatch) await dispatchJob(env, entry);
  const [again] = await leaseOver(runner, able);
  if (!again) throw new Error("nothing to retry");
  await completePlan(runner, again, planOf(1, { sound: false }));
  const left = await leaseParts(runner);
  expect([...left.keys()]).toEqual(["finish"]);
  await callLease(runner, "fail", partOf(left, "finish").leaseToken, {
    error: { code: "input_unreadable", message: "the test is over" },
  });
});

test("a job that did not ask for it says so, and the rate factors of a target are told without a report", async () => {
  const { tenantId, authorization } = await makeKey("member");
  const plain = await seedJob("weur", { tenantId, spec: plainSpec });
  const answer = await call("GET", `/jobs/${plain.job.id}/quality`, authorization);
  expect(await problemOf(answer)).toEqual([409, "quality_not_measured"]);

  const target = { metric: "ssim", value: 0.97 } as const;
  const wish = StreamSpec.parse({ kind: "stream", video: { targetQuality: target } });
  const { job, task, runner } = await streamLeased({ spec: wish, tenantId });
  const plan = planOf(1, { sound: false });
  if (plan.video === null) throw new Error("no picture");
  await completePlan(runner, task, { ...plan, video: { ...plan.video, target } });
  const chunk = partOf(await leaseParts(runner), "encode:0");
  const renditions = [{ id: "video-1", rateFactor: 26.5, probes: 3, predicted: 0.9698 }];
  await completeChunk(runner, chunk, () => {}, { factors: { seconds: [0, 4], sampleSeconds: 1, renditions } });
  const quality = async () =>
    JobQuality.parse(await (await call("GET", `/jobs/${job.id}/quality`, authorization)).json());
  await expect.poll(async () => (await quality()).chunks.length).toBe(1);
  const report = await quality();
  expect(report).toMatchObject({ target, measured: 0, planned: 1 });
  expect(report.chunks[0]?.renditions[0]).toMatchObject({ rateFactor: 26.5, probes: 3, predicted: 0.9698, ssim: null });
  expect(report.renditions[0]?.rateFactors).toEqual({ least: 26.5, most: 26.5 });
});

test("a target that no runner can measure keeps the job waiting, and is named", async () => {
  const { tenantId, authorization } = await makeKey("member");
  const wish = StreamSpec.parse({ kind: "stream", video: { targetQuality: { metric: "vmaf", value: 94 } } });
  const entry = await seedJob("weur", { tenantId, spec: wish });
  await dispatchJob(env, entry);
  const runner = await makeRunner("weur");
  expect(await leaseOver(runner, able)).toEqual([]);
  const answer = await call("GET", `/jobs/${entry.job.id}/waiting`, authorization);
  expect(JobWaiting.parse(await answer.json())).toMatchObject({
    reason: "no_capable_runner",
    missing: ["measure:vmaf"],
  });
  const [task] = await leaseOver(runner, { ...able, capabilities: [...able.capabilities, "measure:vmaf"] });
  expect(task?.jobId).toBe(entry.job.id);
});
