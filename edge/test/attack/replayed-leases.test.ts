import { env } from "cloudflare:workers";
import { OutputMultipart } from "@reelway/shared/contracts/grant";
import { JobStatus } from "@reelway/shared/contracts/job";
import { HeartbeatAnswer, type LeasedTask } from "@reelway/shared/contracts/lease";
import { limits } from "@reelway/shared/limits";
import { describe, expect, it } from "vitest";
import { dispatchJob } from "../../src/dispatch/dispatch.ts";
import { bucketOf } from "../../src/env.ts";
import { signLease, verifyLease } from "../../src/leases/token.ts";
import { signPlayback } from "../../src/playback/token.ts";
import { settingsOf } from "../../src/settings.ts";
import {
  call,
  callLease,
  codeOf,
  description,
  type Holder,
  jobRow,
  leaseOver,
  makeKey,
  makeRunner,
  queueOf,
  seedJob,
} from "../support/fleet.ts";
import { complete, end, leased, prefixOf, sha256, write } from "../support/leases.ts";
import { servedOperations } from "../support/operations.ts";

const settings = settingsOf(env);
const md5 = "0".repeat(32);
const figures = { stage: "processing", percent: 1, fps: null, speed: null, etaSeconds: null, message: "" };
const manifest = { outputs: [] };
/** A body that passes the schema of each call about a lease. */
const bodies: Readonly<Record<string, object>> = {
  inputs: {},
  outputs: { files: [{ name: "a.json", bytes: 1, contentType: "application/json", md5 }] },
  multipart: { name: "a.json", contentType: "application/json", parts: [{ partNumber: 1, bytes: 1, md5 }] },
  "multipart/complete": { name: "a.json", uploadId: "u", parts: [{ partNumber: 1, etag: md5 }] },
  reports: {},
  files: { rendition: "video-1", from: 0 },
  findings: {},
  progress: { ...figures, sequence: 1 },
  complete: { manifest },
  fail: { error: { code: "encode_failed", message: "replayed" } },
  release: { reason: "shutdown" },
};
const ofLeases = "/api/v1/leases/";
const calls = (await servedOperations())
  .filter(({ path }) => path.startsWith(ofLeases))
  .map(({ path }) => path.slice(ofLeases.length));

/** The code that each call about a lease is refused with. */
async function refusals(runner: Holder, token: string): Promise<Record<string, unknown>> {
  const codes = calls.map(async (path) => [path, await codeOf(await callLease(runner, path, token, bodies[path]))]);
  return Object.fromEntries(await Promise.all(codes));
}

const all = (code: string) => Object.fromEntries(calls.map((path) => [path, code]));

it("every call about a lease is known to this file", () => {
  expect(calls.toSorted()).toEqual(Object.keys(bodies).toSorted());
});

describe("a lease token", () => {
  it("is good for nothing once its time is over, nor for another runner, nor with one claim changed", async () => {
    const { task, runner } = await leased();
    const claims = await verifyLease(settings, task.leaseToken, runner.id, Date.now());
    const late = await signLease(settings, { ...claims, expiresAt: Date.now() - limits.grantSlackMs - 1 });
    expect(await refusals(runner, late)).toEqual(all("lease_lost"));
    expect(await refusals(await makeRunner("weur"), task.leaseToken)).toEqual(all("lease_token_invalid"));

    const [body = "", signature = ""] = task.leaseToken.split(".");
    const other = await makeRunner("weur");
    for (const [claim, value] of Object.entries(claims)) {
      const changed = { ...claims, [claim]: typeof value === "number" ? value + 1 : `${value}x` };
      const text = btoa(JSON.stringify(changed)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
      expect(text).not.toBe(body);
      const answer = await callLease(runner, "outputs", `${text}.${signature}`, bodies.outputs);
      expect([claim, await codeOf(answer)]).toEqual([claim, "lease_token_invalid"]);
    }
    const stolen = { ...claims, runnerId: other.id };
    const forged = `${btoa(JSON.stringify(stolen)).replace(/=+$/, "")}.${signature}`;
    expect(await refusals(other, forged)).toEqual(all("lease_token_invalid"));
    await end(runner, task);
  });

  it("of a task that is completed reads nothing more and changes nothing that was delivered", async () => {
    const { tenantId, authorization } = await makeKey("member");
    const { task, runner, job } = await leased("weur", { tenantId });
    expect((await complete(runner, task.leaseToken, [await write(task, runner, "good.json")])).status).toBe(200);
    await expect.poll(async () => (await jobRow(job.id)).state).toBe("succeeded");
    const before = await jobRow(job.id);
    // The sequence grows with the clock.
    const status = async () => ({
      ...JobStatus.parse(await (await call("GET", `/jobs/${job.id}/status`, authorization)).json()),
      sequence: 0,
    });
    const told = await status();

    for (const path of ["inputs", "fail", "release", "files", "findings", "reports"])
      expect([path, (await callLease(runner, path, task.leaseToken, bodies[path])).ok]).toEqual([path, false]);
    await callLease(runner, "progress", task.leaseToken, { ...figures, sequence: 9_999 });
    await complete(runner, task.leaseToken, [await write(task, runner, "evil.json")]);
    expect(await jobRow(job.id)).toEqual(before);
    expect(await status()).toEqual(told);
    const download = (name: string) => call("GET", `/jobs/${job.id}/download?name=${name}`, authorization);
    expect((await download("good.json")).status).toBe(200);
    expect(await codeOf(await download("evil.json"))).toBe("output_not_found");
  });

  it("of a task that was cancelled ends it no other way", async () => {
    const { tenantId, authorization } = await makeKey("member");
    const { task, runner, job } = await leased("weur", { tenantId });
    const output = await write(task, runner, "late.json");
    expect((await call("POST", `/jobs/${job.id}/cancel`, authorization)).status).toBe(200);
    for (const path of ["inputs", "fail", "release"])
      expect([path, await codeOf(await callLease(runner, path, task.leaseToken, bodies[path]))]).toEqual([
        path,
        "lease_lost",
      ]);
    expect(await codeOf(await complete(runner, task.leaseToken, [output]))).toBe("lease_lost");
    expect((await jobRow(job.id)).state).toBe("canceled");
  });

  it("of one task finishes no upload of another, though one runner holds both", async () => {
    const first = await leased();
    const second = await seedJob("weur");
    await dispatchJob(env, second);
    const [task] = await leaseOver(first.runner, { slots: 2 });
    if (task?.jobId !== second.job.id) throw new Error("the second was not leased");
    const opened = await callLease(first.runner, "multipart", first.task.leaseToken, bodies.multipart);
    const { uploadId } = OutputMultipart.parse(await opened.json());
    const key = `${await prefixOf(first.task, first.runner)}a.json`;
    const { etag } = await bucketOf(env, "weur").resumeMultipartUpload(key, uploadId).uploadPart(1, "x");
    const finish = ({ leaseToken }: LeasedTask) => {
      const body = { name: "a.json", uploadId, parts: [{ partNumber: 1, etag }] };
      return callLease(first.runner, "multipart/complete", leaseToken, body);
    };
    expect((await finish(task)).ok).toBe(false);
    expect(await bucketOf(env, "weur").head(`${await prefixOf(task, first.runner)}a.json`)).toBeNull();
    expect((await finish(first.task)).status).toBe(200);
    // Nor does what one wrote count for the other.
    const entry = { name: "a.json", role: "metadata" as const, bytes: 1, contentType: "application/json", md5, sha256 };
    expect(await codeOf(await complete(first.runner, task.leaseToken, [{ ...entry, etag: `${md5}-1` }]))).toBe(
      "manifest_mismatch",
    );
    await end(first.runner, first.task);
    await end(first.runner, task);
  });
});

it("a beat prolongs no lease of another epoch, and gives no token for it", async () => {
  const { task, runner } = await leased();
  const before = await queueOf("weur").taskOfLease({ taskId: task.taskId, epoch: task.epoch, runnerId: runner.id });
  const leases = [task.epoch + 1, 999].map((epoch) => ({ taskId: task.taskId, epoch }));
  const answer = await call("POST", "/runner/heartbeat", runner.authorization, { runner: description, leases });
  const { verdicts } = HeartbeatAnswer.parse(await answer.json());
  expect(verdicts).toMatchObject(leases.map(() => ({ verdict: "lost", leaseToken: null })));
  expect(await queueOf("weur").taskOfLease({ taskId: task.taskId, epoch: task.epoch, runnerId: runner.id })).toEqual(
    before,
  );
  await end(runner, task);
});

it("a signature has one spelling: limits that count by token can't be got around by writing it otherwise", async () => {
  const { task, runner, job } = await leased();
  const playback = await signPlayback(settings, { jobId: job.id, expiresAt: Date.now() + 60_000 });
  const spellings = (token: string) => {
    const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const others = Array.from(digits).filter((digit) => digit !== token.at(-1));
    const ends = others.map((digit) => token.slice(0, -1) + digit);
    return [...ends, `${token}=`, `${token}A`, `${token}.`, `.${token}`, token.replace(".", ".."), `${token} `];
  };
  for (const token of spellings(playback)) {
    const answer = await call("GET", `/play/${encodeURIComponent(token)}/main.m3u8`, "");
    expect([token, await codeOf(answer)]).toEqual([token, "playback_refused"]);
  }
  // A header's spaces at its ends are no part of it.
  for (const token of spellings(task.leaseToken).slice(0, -1))
    expect(await codeOf(await callLease(runner, "inputs", token, {}))).toBe("lease_token_invalid");
  await end(runner, task);
});
