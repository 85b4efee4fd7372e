import { readFileSync } from "node:fs";
import type { Job } from "@reelway/shared/contracts/job";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { smallClip } from "../support/clips.ts";
import { type S3Store, startS3Store } from "../support/s3-store.ts";
import { startSourceServer } from "../support/source-server.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { ended } from "./convert.ts";
import { writtenBy } from "./written-by.ts";

const clip = readFileSync(smallClip());
const probe = { spec: { kind: "probe" as const } };
let stack: TestStack;
let store: S3Store;
beforeAll(async () => {
  store = await startS3Store();
  stack = await startTestStack({ settings: { ALLOW_PRIVATE_URLS: "true", MAX_RETRIES: "1", RETRY_BASE_MS: "100" } });
  await stack.startRunner({ env: { ALLOW_PRIVATE_URLS: "true" } });
});
afterAll(() => Promise.all([stack.stop(), store.stop()]));

async function probed(
  request: { sourceUrl: string } | { source: { connectionId: string; key: string } },
): Promise<Job> {
  const job = await stack.client.jobs.create({ ...request, ...probe });
  return ended(stack.client, job.id);
}

const connected = (change: { secretAccessKey?: string; bucket?: string; prefix?: string } = {}, verify = true) => {
  const { endpoint, bucket, accessKeyId, secretAccessKey } = store;
  const request = { name: "own", endpoint, bucket, accessKeyId, secretAccessKey, ...change };
  return stack.client.connections.create(request, { verify });
};

describe("a tenant's own bucket", () => {
  it("gives a source and takes the results, below the connection's prefix", async () => {
    await store.put("studio/in/the clip.mp4", clip);
    const connection = await connected({ prefix: "studio/" });
    const request = {
      source: { connectionId: connection.id, key: "in/the clip.mp4" },
      destination: { connectionId: connection.id, prefix: "out/" },
      preset: "mp3",
    };
    const job = await ended(stack.client, (await stack.client.jobs.create(request)).id);
    expect(job).toMatchObject({ state: "succeeded" });
    const prefix = `studio/out/${job.id}/`;
    expect(job.delivery).toEqual({
      connectionId: connection.id,
      bucket: store.bucket,
      prefix,
      files: job.outputs.length,
      bytes: job.outputs.reduce((sum, { bytes }) => sum + bytes, 0),
    });
    for (const { name, bytes } of job.outputs) expect((await store.read(prefix + name))?.length).toBe(bytes);
  });

  it("is tried when it is connected, in the store's own words", async () => {
    await expect(connected({ secretAccessKey: "wrong" })).rejects.toMatchObject({ code: "connection_refused" });
    await expect(connected({ bucket: "not-there" })).rejects.toMatchObject({ code: "connection_refused" });
    const { id } = await connected({ secretAccessKey: "wrong" }, false);
    await expect(stack.client.connections.test(id)).rejects.toMatchObject({ code: "connection_refused" });
    expect(await stack.client.connections.test((await connected()).id)).toMatchObject({ ok: true });
  });

  it("that refuses fails the job, which is not tried again", async () => {
    const { id } = await connected({ secretAccessKey: "wrong" }, false);
    const source = await startSourceServer(clip);
    onTestFinished(() => source.close());
    const asset = (await probed({ sourceUrl: `${source.url}/plain.mp4?token=hidden-query` })).assetId;
    const { id: jobId } = await stack.client.jobs.create({
      assetId: asset,
      ...probe,
      destination: { connectionId: id },
    });
    const job = await ended(stack.client, jobId);
    expect(job).toMatchObject({ state: "failed", attempt: 1, error: { code: "destination_refused" } });

    const missing = (await connected()).id;
    const gone = await probed({ source: { connectionId: missing, key: "no such key" } });
    expect((await stack.client.assets.get(gone.assetId)).error?.code).toBe("source_not_found");
    await stack.client.connections.delete(missing);
    await expect(stack.client.connections.get(missing)).rejects.toMatchObject({ code: "not_found" });
  });
});

it("no credential and no query of a URL is in any log, answer or table", async () => {
  const texts = await writtenBy(stack);
  expect(texts.length).toBeGreaterThan(5);
  for (const secret of [store.secretAccessKey, "hidden-query"])
    expect(texts.filter((text) => text.includes(secret))).toHaveLength(0);
});
