import { statSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hugeClip, probeFile, smallClip } from "../support/clips.ts";
import { fileSource } from "../support/file-source.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { ended, fetchOutput } from "./convert.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
  await stack.startRunner();
});
afterAll(() => stack.stop());

test("a file of 300 MB goes up in parts, survives a lost client, and converts", async () => {
  const path = hugeClip();
  expect(statSync(path).size).toBeGreaterThan(300_000_000);

  let assetId = "";
  const leaving = new AbortController();
  const first = stack.client.assets.upload(await fileSource(path), {
    signal: leaving.signal,
    onAsset: ({ id }) => {
      assetId = id;
    },
    onProgress: ({ uploadedBytes, totalBytes }) => {
      if (uploadedBytes > totalBytes / 3) leaving.abort();
    },
  });
  await expect(first).rejects.toThrow();
  expect((await stack.client.assets.get(assetId)).state).toBe("uploading");

  const left = await fetch(`${stack.url}/api/v1/assets/${assetId}/upload`, {
    headers: { authorization: `Bearer ${stack.key}` },
  });
  const { uploadedParts } = (await left.json()) as { uploadedParts: number[] };
  expect(uploadedParts.length).toBeGreaterThan(3);

  const asset = await stack.client.assets.upload(await fileSource(path), { resume: assetId });
  expect(asset).toMatchObject({ id: assetId, state: "ready", bytes: statSync(path).size });

  const request = {
    assetId: asset.id,
    preset: "mp4-h264",
    overrides: { trim: { startSeconds: 29, durationSeconds: 1 } },
  };
  const job = await ended(stack.client, (await stack.client.jobs.create(request)).id);
  expect(job.error).toBeNull();
  expect(probeFile(await fetchOutput(stack, job)).streams[0]).toMatchObject({ nb_read_frames: "30" });
});

test("the same Idempotency-Key makes one job, however often it is sent, and refuses another request", async () => {
  const asset = await stack.client.assets.upload(await fileSource(smallClip()));
  const idempotencyKey = crypto.randomUUID();
  const request = { assetId: asset.id, preset: "mp3" };
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => stack.client.jobs.create(request, { idempotencyKey })),
  );
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  await expect(stack.client.jobs.create({ ...request, preset: "wav" }, { idempotencyKey })).rejects.toMatchObject({
    code: "idempotency_mismatch",
  });
  const job = answers[0];
  expect(job && (await ended(stack.client, job.id)).state).toBe("succeeded");
  const replay = await stack.client.jobs.create(request, { idempotencyKey });
  expect(replay).toMatchObject({ id: job?.id, state: "succeeded" });
  expect((await stack.client.jobs.list({ assetId: asset.id })).items).toHaveLength(1);
});

test("complete refuses an upload that never came", async () => {
  const headers = { authorization: `Bearer ${stack.key}`, "content-type": "application/json" };
  const created = await fetch(`${stack.url}/api/v1/assets`, {
    method: "POST",
    headers,
    body: JSON.stringify({ name: "a.mp4", bytes: 1_000 }),
  });
  const { asset } = (await created.json()) as { asset: { id: string } };
  const complete = await fetch(`${stack.url}/api/v1/assets/${asset.id}/complete`, { method: "POST", headers });
  expect(complete.status).toBe(409);
  expect(await complete.json()).toMatchObject({
    code: "upload_missing",
    remedy: expect.any(String),
    requestId: expect.any(String),
  });
});

test("a download answers ranges and validators as HTTP wants it", async () => {
  const asset = await stack.client.assets.upload(await fileSource(smallClip()));
  const job = await ended(stack.client, (await stack.client.jobs.create({ assetId: asset.id, preset: "mp4-h264" })).id);
  const get = (headers: Record<string, string>) =>
    fetch(`${stack.url}/api/v1/jobs/${job.id}/download`, {
      headers: { authorization: `Bearer ${stack.key}`, ...headers },
    });

  const whole = await get({});
  const bytes = Buffer.from(await whole.arrayBuffer());
  const etag = whole.headers.get("etag") ?? "";
  expect(whole.headers.get("cache-control")).toMatch(/immutable/);

  const part = await get({ range: "bytes=100-199" });
  expect(part.status).toBe(206);
  expect(part.headers.get("content-range")).toBe(`bytes 100-199/${bytes.length}`);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(100, 200));

  expect((await get({ "if-none-match": etag })).status).toBe(304);
  const beyond = await get({ range: `bytes=${bytes.length}-` });
  expect(beyond.status).toBe(416);
  expect(beyond.headers.get("content-range")).toBe(`bytes */${bytes.length}`);
});
