import { createHash } from "node:crypto";
import { createRunnerClient } from "@reelway/shared/client/runner-client";
import type { PresignedRequest } from "@reelway/shared/contracts/asset";
import { AssetCreated } from "@reelway/shared/contracts/asset";
import { protocol } from "@reelway/shared/contracts/runner";
import { limits } from "@reelway/shared/limits";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listBucket } from "../../support/bucket-listing.ts";
import { smallClip } from "../../support/clips.ts";
import { startTestStack, type TestStack } from "../../support/test-stack.ts";
import { submit } from "../convert.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.stop());

const md5 = (bytes: string) => createHash("md5").update(bytes).digest("hex");
const send = ({ url, method, headers }: PresignedRequest, body?: string, more: Record<string, string> = {}) =>
  fetch(url, { method, headers: { ...headers, ...more }, ...(body === undefined ? {} : { body }) });
const file = (name: string, content: string) => ({
  name,
  bytes: content.length,
  contentType: "application/json",
  md5: md5(content),
});

/** A runner that is ours alone, with the one task that there is. */
async function leasedJob() {
  const job = await submit(stack.client, smallClip(), { spec: { kind: "probe" } });
  const { token } = await stack.client.runners.createToken({ maxUses: 1 });
  let credential: string | undefined;
  const client = createRunnerClient({ url: stack.url, credential: () => credential });
  const host = { name: "host", region: job.region, labels: [], protocol, version: "1.0.0" };
  ({ credential } = await client.register({ token: token ?? "", ...host }));
  const runner = { capabilities: ["kind:probe"], slots: 1, version: "1.0.0", protocol, draining: false };
  const { tasks } = await client.lease({ runner, max: 1, waitMs: 10_000 });
  const [task] = tasks;
  if (task?.jobId !== job.id) throw new Error("not leased");
  return { job, task, lease: client.ofLease(() => task.leaseToken) };
}

test("a runner's URLs hold for one file, once, and never longer than its lease and a minute", async () => {
  const { job, task, lease } = await leasedJob();
  const [input] = task.inputs;
  if (input?.kind !== "presigned") throw new Error("no input");
  expect((await send(input.request)).status).toBe(200);
  // Without the condition that was signed, it is another request.
  expect((await fetch(input.request.url)).status).toBe(403);
  expect((await fetch(input.request.url, { method: "DELETE", headers: input.request.headers })).status).toBe(403);
  expect((await send({ ...input.request, method: "PUT" }, "x")).status).toBe(403);

  const { files } = await lease.outputs({ files: [file("a.json", "{}"), file("b.json", "[]")] });
  const [a, b] = files.map(({ request }) => request);
  if (!a || !b) throw new Error("no grants");
  for (const { expiresAt, url } of [a, b]) {
    const seconds = Number(new URL(url).searchParams.get("X-Amz-Expires"));
    expect(seconds * 1_000).toBeLessThanOrEqual(task.leaseMs + limits.grantSlackMs);
    expect(expiresAt).toBeLessThanOrEqual(task.expiresAt + limits.grantSlackMs + 1_000);
  }
  expect(input.request.expiresAt - Date.now()).toBeLessThanOrEqual(limits.downloadGrantMs);

  // Another file's bytes, another file's place, another size, another type, and no digest.
  const length = { "content-length": "2" };
  expect((await send(a, "[]")).ok).toBe(false);
  expect((await fetch(a.url, { method: "PUT", headers: b.headers, body: "[]" })).status).toBe(403);
  expect(
    (await fetch(a.url.replace("a.json", "c.json"), { method: "PUT", headers: a.headers, body: "{}" })).status,
  ).toBe(403);
  expect((await send(a, "{}", { "content-type": "text/html" })).status).toBe(403);
  expect((await fetch(a.url, { method: "PUT", headers: length, body: "{}" })).status).toBe(403);
  expect((await send(a, "{}")).status).toBe(200);
  expect((await send(a, "{}")).status).toBe(412);

  const manifest = {
    outputs: [{ ...file("a.json", "{}"), role: "metadata" as const, sha256: "0".repeat(64), etag: md5("{}") }],
  };
  expect(await lease.complete({ manifest })).toEqual({ outcome: "completed" });
  // What the lease is over for, its URLs can't change: not with the old ones, nor with fresh ones for the same name.
  expect((await send(a, "{}")).status).toBe(412);
  const again = await lease.outputs({ files: [file("a.json", '"evil"')] }).catch(() => ({ files: [] }));
  for (const { request } of again.files) expect((await send(request, '"evil"')).status).toBe(412);
  const { items } = await stack.client.jobs.outputs(job.id);
  expect(items).toHaveLength(1);
  const shown = await fetch(`${stack.url}/api/v1/jobs/${job.id}/download`, {
    headers: { authorization: `Bearer ${stack.key}` },
  });
  expect(await shown.text()).toBe("{}");

  // What was written beside it goes with it.
  await send(b, "[]");
  await fetch(`${stack.url}/api/v1/jobs/${job.id}/outputs`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${stack.key}` },
  });
  expect((await listBucket(stack, job.region)).filter((key) => key.endsWith(".json"))).toEqual([]);
  // The source's URL reads nothing when the source is gone.
  await stack.client.assets.delete(job.assetId);
  expect((await send(input.request)).status).toBe(404);
});

test("an upload's URL that outlives its asset brings nothing back", async () => {
  const announce = async () => {
    const headers = { authorization: `Bearer ${stack.key}`, "content-type": "application/json" };
    const body = JSON.stringify({ name: "a.mp4", bytes: 2, region: "weur" });
    return AssetCreated.parse(
      await (await fetch(`${stack.url}/api/v1/assets`, { method: "POST", headers, body })).json(),
    );
  };
  const { asset, upload } = await announce();
  if (upload?.kind !== "single") throw new Error("no upload");
  const receipt = await stack.client.assets.delete(asset.id);
  expect(receipt.pendingUntil).toBeGreaterThanOrEqual(upload.request.expiresAt);
  await send(upload.request, "{}");
  const complete = await fetch(`${stack.url}/api/v1/assets/${asset.id}/complete`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.key}` },
  });
  expect(complete.ok).toBe(false);
  // Asked again, and by the sweep when the URL is over, the late bytes go too.
  await stack.client.assets.delete(asset.id);
  expect(await listBucket(stack, "weur")).toEqual([]);
});
