import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { InputGrants, OutputGrants, OutputMultipart, OutputMultipartCompleted } from "@reelway/shared/contracts/grant";
import { HeartbeatAnswer, LeaseOutcome } from "@reelway/shared/contracts/lease";
import { limits } from "@reelway/shared/limits";
import { expect, test } from "vitest";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import { bucketOf } from "../src/env.ts";
import { createLog } from "../src/http/log.ts";
import { leaseWork } from "../src/leases/lease-work.ts";
import { signLease, verifyLease } from "../src/leases/token.ts";
import { settingsOf } from "../src/settings.ts";
import {
  call,
  callLease,
  codeOf,
  description,
  type Holder,
  jobRow,
  leaseOver,
  makeRunner,
  queueOf,
  seedJob,
} from "./support/fleet.ts";
import { complete, end, expireLease, leased, prefixOf, sha256, write } from "./support/leases.ts";

const settings = settingsOf(env);

test("a lease brings the spec, a deadline and a GET that holds only for the file that was uploaded", async () => {
  const { asset, task, job, runner } = await leased();
  expect(task).toMatchObject({ epoch: 1, attempt: 1, spec: job.spec, hardware: "prefer", timeoutSeconds: 21_600 });
  const [input] = task.inputs;
  expect(input).toMatchObject({ role: "source", bytes: asset.bytes, etag: asset.etag });
  if (input?.kind !== "presigned") throw new Error("no presigned input");
  expect(input.request.headers).toEqual({ "if-match": `"${asset.etag}"` });
  const url = new URL(input.request.url);
  expect(url.pathname).toContain(`/reelway-weur/${asset.storageKey}`);
  expect(url.searchParams.get("X-Amz-SignedHeaders")).toBe("host;if-match");
  await end(runner, task);
});

test("from lease to result: outputs, completion, and the job's row", async () => {
  const { job, task, runner } = await leased("apac");
  const output = await write(task, runner, "metadata.json", "{}");
  const response = await complete(runner, task.leaseToken, [output]);
  expect(LeaseOutcome.parse(await response.json())).toEqual({ outcome: "completed" });
  await expect.poll(async () => (await jobRow(job.id)).state).toBe("succeeded");
  const row = await jobRow(job.id);
  expect(row.manifest).toMatchObject({ outputs: [{ name: "metadata.json" }], prefix: await prefixOf(task, runner) });
  expect(row.manifest?.prefix).toContain(`${job.storageRoot}/`);

  const again = await complete(runner, task.leaseToken, [output]);
  expect([again.status, await again.json()]).toEqual([200, { outcome: "completed" }]);
});

test("a grant binds name, size, type and digest, writes once, and lies below the epoch's prefix", async () => {
  const { task, runner } = await leased();
  const file = { name: "video/main.mp4", bytes: 12, contentType: "video/mp4", md5: "d41d8cd98f00b204e9800998ecf8427e" };
  const response = await callLease(runner, "outputs", task.leaseToken, { files: [file] });
  const [granted] = OutputGrants.parse(await response.json()).files;
  expect(granted?.request.headers).toEqual({
    "content-length": "12",
    "content-type": "video/mp4",
    "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==",
    "if-none-match": "*",
  });
  const url = new URL(granted?.request.url ?? "");
  expect(url.pathname.endsWith(`/${await prefixOf(task, runner)}video/main.mp4`)).toBe(true);
  expect(url.searchParams.get("X-Amz-SignedHeaders")).toBe(
    "content-length;content-md5;content-type;host;if-none-match",
  );
  await end(runner, task);
});

test("grants are refused for names and types that outputs can't have", async () => {
  const { task, runner } = await leased();
  const file = { name: "a.mp4", bytes: 1, contentType: "video/mp4", md5: "d41d8cd98f00b204e9800998ecf8427e" };
  const ask = (changed: object) => callLease(runner, "outputs", task.leaseToken, { files: [{ ...file, ...changed }] });
  for (const name of ["../a.mp4", "/a.mp4", "a//b.mp4", "a%2fb.mp4", "A.mp4", "", "a\\b.mp4", "./a.mp4"])
    expect((await ask({ name })).status, name).toBe(422);
  for (const contentType of ["text/html", "image/svg+xml", "application/javascript"])
    expect(await codeOf(await ask({ contentType })), contentType).toBe("output_refused");
  const files = Array.from({ length: limits.grantsPerRequest + 1 }, () => file);
  expect((await callLease(runner, "outputs", task.leaseToken, { files })).status).toBe(422);
  await end(runner, task);
});

test("a lease token is its runner's alone; a changed or foreign one is refused", async () => {
  const { task, runner } = await leased();
  const other = await makeRunner("weur");
  const body = { files: [{ name: "a.mp4", bytes: 1, contentType: "video/mp4", md5: "0".repeat(32) }] };
  expect(await codeOf(await callLease(other, "outputs", task.leaseToken, body))).toBe("lease_token_invalid");

  const claims = await verifyLease(settings, task.leaseToken, runner.id, Date.now());
  const forged = await signLease({ ...settings, signingSecret: "another secret, long enough as well" }, claims);
  expect(await codeOf(await callLease(runner, "outputs", forged, body))).toBe("lease_token_invalid");
  const [text = "", signature] = task.leaseToken.split(".");
  const widened = btoa(atob(text).replace(claims.prefix, "t/"));
  expect(await codeOf(await callLease(runner, "outputs", `${widened}.${signature}`, body))).toBe("lease_token_invalid");
  expect(await codeOf(await call("POST", "/leases/outputs", runner.authorization, body))).toBe("lease_token_invalid");

  const longGone = await signLease(settings, { ...claims, expiresAt: Date.now() - limits.grantSlackMs - 1 });
  expect(await codeOf(await callLease(runner, "outputs", longGone, body))).toBe("lease_lost");
  await end(runner, task);
});

test("a stale epoch changes nothing, whatever its runner still believes", async () => {
  const { job, task, runner: zombie } = await leased();
  const stale = await write(task, zombie, "metadata.json");
  await expireLease(task);
  const [next] = await leaseOver(zombie, { slots: 1 });
  expect(next).toMatchObject({ taskId: task.taskId, epoch: 2, attempt: 2 });

  expect(await codeOf(await complete(zombie, task.leaseToken, [stale]))).toBe("lease_lost");
  // Nor does it learn what the bucket holds: who has lost the lease must stop, not upload again.
  expect(await codeOf(await complete(zombie, task.leaseToken, [{ ...stale, name: "none.json" }]))).toBe("lease_lost");
  const failing = { error: { code: "encode_failed", message: "zombie" } };
  expect(await codeOf(await callLease(zombie, "fail", task.leaseToken, failing))).toBe("lease_lost");
  expect(await codeOf(await callLease(zombie, "release", task.leaseToken, { reason: "shutdown" }))).toBe("lease_lost");
  expect(await codeOf(await callLease(zombie, "inputs", task.leaseToken, {}))).toBe("lease_lost");

  if (!next) throw new Error("not leased again");
  // The two epochs write in different places.
  expect(await prefixOf(next, zombie)).not.toBe(await prefixOf(task, zombie));
  expect((await complete(zombie, next.leaseToken, [await write(next, zombie, "metadata.json")])).status).toBe(200);
  await expect.poll(async () => (await jobRow(job.id)).state).toBe("succeeded");
});

test("a manifest is held against the bucket: missing, other size, other digest, each by its name", async () => {
  const { task, runner } = await leased();
  const good = await write(task, runner, "good.json");
  const short = await write(task, runner, "short.json", "12");
  const changed = await write(task, runner, "changed.json");
  const response = await complete(runner, task.leaseToken, [
    good,
    { ...good, name: "missing.json" },
    { ...short, bytes: 3 },
    { ...changed, md5: good.md5 },
  ]);
  const problem = await response.json();
  expect(response.status).toBe(409);
  expect(problem).toMatchObject({
    code: "manifest_mismatch",
    detail: expect.stringMatching(/missing\.json.*short\.json.*changed\.json/),
    errors: [
      { path: "manifest.outputs.1" },
      { path: "manifest.outputs.2", message: "short.json: has 2 bytes, not 3" },
      { path: "manifest.outputs.3" },
    ],
  });
  expect(await codeOf(await complete(runner, task.leaseToken, [good, good]))).toBe("output_refused");
  expect(await codeOf(await complete(runner, task.leaseToken, [{ ...good, contentType: "text/html" }]))).toBe(
    "output_refused",
  );
  expect((await complete(runner, task.leaseToken, [good])).status).toBe(200);
});

test("a large output in parts: opened below the prefix, completed once, checked by its ETag", async () => {
  const { task, runner } = await leased();
  const part = "p".repeat(10);
  const body = {
    name: "video.mp4",
    contentType: "video/mp4",
    parts: [{ partNumber: 1, bytes: 10, md5: "0".repeat(32) }],
  };
  const opened = await callLease(runner, "multipart", task.leaseToken, body);
  const { uploadId, parts } = OutputMultipart.parse(await opened.json());
  expect(parts[0]?.request.headers).toMatchObject({
    "content-length": "10",
    "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==",
  });
  expect(new URL(parts[0]?.request.url ?? "").searchParams.get("uploadId")).toBe(uploadId);
  const resumed = await callLease(runner, "multipart", task.leaseToken, { ...body, uploadId });
  expect(OutputMultipart.parse(await resumed.json()).uploadId).toBe(uploadId);

  const key = `${await prefixOf(task, runner)}video.mp4`;
  const uploaded = await bucketOf(env, "weur").resumeMultipartUpload(key, uploadId).uploadPart(1, part);
  const bad = { name: "video.mp4", uploadId, parts: [{ partNumber: 1, etag: "0".repeat(32) }] };
  expect(await codeOf(await callLease(runner, "multipart/complete", task.leaseToken, bad))).toBe("output_refused");
  const finish = { name: "video.mp4", uploadId, parts: [{ partNumber: 1, etag: `"${uploaded.etag}"` }] };
  const first = await callLease(runner, "multipart/complete", task.leaseToken, finish);
  const { etag } = OutputMultipartCompleted.parse(await first.json());
  const again = await callLease(runner, "multipart/complete", task.leaseToken, finish);
  expect(OutputMultipartCompleted.parse(await again.json())).toEqual({ etag });

  const entry = { name: "video.mp4", role: "video" as const, bytes: 10, contentType: "video/mp4", sha256 };
  const wrong = await complete(runner, task.leaseToken, [
    { ...entry, md5: "0".repeat(32), etag: `${"0".repeat(32)}-1` },
  ]);
  expect(await codeOf(wrong)).toBe("manifest_mismatch");
  expect((await complete(runner, task.leaseToken, [{ ...entry, md5: "0".repeat(32), etag }])).status).toBe(200);
});

test("the catalogue decides whether a failure is tried again, and texts are made fit to show", async () => {
  const nonsense = await leased();
  const error = { code: "input_unreadable", message: "no \u001b[31mmoov\u202e", logTail: "line 1\nline\u0007 2" };
  const dead = await callLease(nonsense.runner, "fail", nonsense.task.leaseToken, { error });
  expect(await dead.json()).toEqual({ outcome: "dead" });
  await expect.poll(async () => (await jobRow(nonsense.job.id)).state).toBe("failed");
  expect((await jobRow(nonsense.job.id)).error).toEqual({
    code: "input_unreadable",
    message: "no ?[31mmoov?",
    logTail: "line 1\nline? 2",
  });

  const pasted = await leased();
  const words = { code: "input_unreadable", message: "no", program: { name: "ffprobe", version: "7.1" } };
  for (const command of [
    "ffprobe x; rm -rf ~",
    "ffprobe $(id)",
    "ffprobe 'a\u202eb'",
    `ffprobe ${"x".repeat(limits.commandLength)}`,
  ]) {
    const error = { ...words, program: { ...words.program, command } };
    expect((await callLease(pasted.runner, "fail", pasted.task.leaseToken, { error })).status, command).toBe(422);
  }
  const program = {
    ...words.program,
    command: "ffprobe -i file:source",
    inputRange: { fromSeconds: 1.5, toSeconds: null },
  };
  await callLease(pasted.runner, "fail", pasted.task.leaseToken, { error: { ...words, program } });
  await expect.poll(async () => (await jobRow(pasted.job.id)).error).toEqual({ ...words, program });

  const unlucky = await leased();
  const failing = { error: { code: "encode_failed", message: "crash" } };
  const retried = await callLease(unlucky.runner, "fail", unlucky.task.leaseToken, failing);
  expect(await retried.json()).toEqual({ outcome: "retrying" });
  await expect.poll(async () => (await jobRow(unlucky.job.id)).state).toBe("queued");
  await queueOf("weur").cancel({ jobId: unlucky.job.id, tenantId: unlucky.job.tenantId, run: 1 });
});

test("a task that is handed back costs no attempt and is kept away for a moment", async () => {
  const { job, task, runner } = await leased("apac");
  const released = await callLease(runner, "release", task.leaseToken, { reason: "shutdown" });
  expect(await released.json()).toEqual({ outcome: "released" });
  expect(await leaseOver(runner)).toEqual([]);
  await expect.poll(async () => (await jobRow(job.id)).attempt).toBe(0);
  await expect
    .poll(() => leaseOver(runner), { timeout: 60_000 })
    .toMatchObject([{ jobId: job.id, attempt: 1, epoch: 2 }]);
});

test("a beat keeps the lease, gives a fresh token when it was prolonged, and knows no lease of others", async () => {
  const { task, runner } = await leased();
  const other = await makeRunner("weur");
  const beat = async (who: Holder) => {
    const body = { runner: description, leases: [{ taskId: task.taskId, epoch: task.epoch }] };
    return HeartbeatAnswer.parse(await (await call("POST", "/runner/heartbeat", who.authorization, body)).json());
  };
  expect((await beat(runner)).verdicts).toMatchObject([{ verdict: "keep", leaseToken: null }]);
  await runInDurableObject(queueOf("weur"), (_, { storage }) => {
    const soon = Date.now() + 1_000;
    storage.sql.exec("UPDATE tasks SET lease_expires_at = ?, due_at = ? WHERE task_id = ?", soon, soon, task.taskId);
  });
  const [verdict] = (await beat(runner)).verdicts;
  expect(verdict).toMatchObject({ verdict: "keep", leaseToken: expect.any(String) });
  const claims = await verifyLease(settings, verdict?.leaseToken ?? "", runner.id, Date.now());
  expect(claims).toMatchObject({ taskId: task.taskId, epoch: 1, expiresAt: verdict?.expiresAt });
  expect((await beat(other)).verdicts).toMatchObject([{ verdict: "lost" }]);
  await end(runner, task);
});

test("fresh GETs for the inputs while the lease lives", async () => {
  const { task, runner, asset } = await leased();
  const { inputs } = InputGrants.parse(await (await callLease(runner, "inputs", task.leaseToken, {})).json());
  expect(inputs).toMatchObject([{ role: "source", etag: asset.etag }]);
  await end(runner, task);
});

test("progress goes to the job's channel without the queue, and a flood is turned away", async () => {
  const { task, runner, job } = await leased();
  const figures = { stage: "processing", fps: 1, speed: 1, etaSeconds: 1, message: "pass\u001b 1" };
  const report = (sequence: number) =>
    callLease(runner, "progress", task.leaseToken, { ...figures, sequence, percent: sequence });
  expect((await report(1)).status).toBe(204);
  const { JOB_CHANNEL } = env;
  expect(await JOB_CHANNEL.getByName(job.id).current()).toMatchObject({ status: { percent: 1, message: "pass? 1" } });
  const statuses = [];
  for (let sequence = 2; sequence < 20; sequence++) statuses.push((await report(sequence)).status);
  expect(statuses).toContain(429);
  await end(runner, task);
});

test("each region's work stays there", async () => {
  const jobs = await Promise.all((["enam", "weur", "apac"] as const).map((region) => seedJob(region)));
  await Promise.all(jobs.map((entry) => dispatchJob(env, entry)));
  for (const { job } of jobs) {
    const tasks = await leaseOver(await makeRunner(job.region), { slots: 9 }, 9);
    expect(tasks.map(({ jobId }) => jobId)).toContain(job.id);
    expect(
      tasks.every(
        ({ inputs }) => inputs[0]?.kind === "presigned" && inputs[0].request.url.includes(`/reelway-${job.region}/`),
      ),
    ).toBe(true);
  }
});

test("whoever was told how a lease ended reads the job in that state, without waiting", async () => {
  const entries = await Promise.all(Array.from({ length: 12 }, () => seedJob("apac")));
  await Promise.all(entries.map((entry) => dispatchJob(env, entry)));
  const runner = await makeRunner("apac");
  const tasks = await leaseOver(runner, { slots: 16 }, 16);
  const stateAfter = async (task: (typeof tasks)[number], index: number) => {
    const error = { code: index % 2 ? "input_unreadable" : "encode_failed", message: "it did" };
    const answer = LeaseOutcome.parse(await (await callLease(runner, "fail", task.leaseToken, { error })).json());
    return [answer.outcome, (await jobRow(task.jobId)).state];
  };
  const seen = await Promise.all(tasks.map(stateAfter));
  expect(seen).toEqual(tasks.map((_, index) => (index % 2 ? ["dead", "failed"] : ["retrying", "queued"])));
  // Leaves nothing behind that another test could lease.
  for (const { job } of entries) await queueOf("apac").cancel({ jobId: job.id, tenantId: job.tenantId, run: 1 });

  const { job, task, runner: last } = await leased("enam");
  const output = await write(task, last, "metadata.json");
  await complete(last, task.leaseToken, [output]);
  expect((await jobRow(job.id)).state).toBe("succeeded");
});

test("an output is kept with the ETag that the bucket has, whatever its runner calls it", async () => {
  const { job, task, runner } = await leased("enam");
  const output = await write(task, runner, "metadata.json");
  expect((await complete(runner, task.leaseToken, [{ ...output, etag: `"${output.etag}"` }])).status).toBe(200);
  expect((await jobRow(job.id)).manifest?.outputs).toMatchObject([{ etag: output.md5 }]);
});

test("what was leased to a runner that hung up meanwhile is handed back, and costs no attempt", async () => {
  const entry = await seedJob("apac", { runnerLabels: ["hung-up"] });
  await dispatchJob(env, entry);
  const { id } = await makeRunner("apac");
  const labels = ["hung-up"];
  const runner = {
    kind: "runner",
    id,
    name: "r",
    region: "apac",
    labels,
    drained: false,
    slots: null,
    role: "runner",
    scopes: null,
    platform: false,
  } as const;
  const work: Promise<unknown>[] = [];
  const context = { env, settings, log: createLog(), waitUntil: (one: Promise<unknown>) => void work.push(one) };
  const request = { runner: description, max: 1, waitMs: 0, delivering: 0, taken: [] };
  const call = new AbortController();
  const answer = leaseWork(context, runner, request, call.signal);
  call.abort();
  expect(await answer).toEqual({ tasks: [] });
  await Promise.all(work);
  expect(await jobRow(entry.job.id)).toMatchObject({ state: "queued", attempt: 0 });
  const again = await leaseWork(context, runner, request, new AbortController().signal);
  expect(again.tasks).toMatchObject([{ jobId: entry.job.id, attempt: 1, epoch: 2 }]);
});
