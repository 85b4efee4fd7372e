import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Job } from "@reelway/shared/contracts/job";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { smallClip } from "../support/clips.ts";
import { type S3Store, startS3Store } from "../support/s3-store.ts";
import { type SourceServer, startSourceServer } from "../support/source-server.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { ended } from "./convert.ts";

const clip = readFileSync(smallClip());
/** Sources that are fetched side by side: each waits more than it works. */
const atOnce = 4;
const probe = { spec: { kind: "probe" as const } };
let stack: TestStack;
let store: S3Store;
beforeAll(async () => {
  store = await startS3Store();
  const settings = { ALLOW_PRIVATE_URLS: "true", MAX_UPLOAD_SIZE: "50000000", MAX_RETRIES: "1", RETRY_BASE_MS: "100" };
  stack = await startTestStack({ settings });
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

describe.each(["without the engine", "with the engine"])("a source behind a URL, on a runner %s", (way) => {
  let source: SourceServer;
  beforeAll(async () => {
    source = await startSourceServer(clip);
    await stack.killRunners();
    const ENGINE_PATH = way === "with the engine" ? buildEngine() : "";
    const env = { ALLOW_PRIVATE_URLS: "true", ENGINE_PATH, CONCURRENCY: String(atOnce) };
    const runner = await stack.startRunner({ env });
    await runner.logged(way === "with the engine" ? /"engine":"\d/ : /"engine":null/);
  }, 600_000);
  afterAll(() => source.close());

  it.concurrent.each([
    ["/plain.mp4", 1],
    ["/unsized.mp4", 1],
    ["/ranges.mp4", 2],
    ["/breaks-once.mp4", 2],
    ["/fails-twice.mp4", 3],
    ["/redirects/0", 1],
  ])("is fetched and worked on: %s", async (path, times) => {
    const job = await probed({ sourceUrl: `${source.url}${path}?token=hidden-query` });
    expect(job).toMatchObject({ state: "succeeded", error: null });
    const asset = await stack.client.assets.get(job.assetId);
    expect(asset).toMatchObject({ state: "ready", bytes: clip.length });
    expect(job.source?.bytes).toBe(clip.length);
    const asked = source.asked.filter((one) => one.path === path);
    expect(asked).toHaveLength(times);
    if (path === "/ranges.mp4") expect(asked[1]?.range).toMatch(/^bytes=[1-9]\d+-$/);
  });

  it.concurrent.each([
    ["/nothing.mp4", "source_not_found"],
    ["/forbidden.mp4", "source_refused"],
    ["/redirects/loop", "source_refused"],
    ["/endless.mp4", "source_too_large"],
    ["/too-large.mp4", "source_too_large"],
    ["/page", "source_not_media"],
    ["/page-as-video.mp4", "source_not_media"],
    ["/empty.mp4", "source_not_media"],
    ["/truncated.mp4", "source_unavailable"],
  ])("that can't be had fails with its reason: %s is %s", async (path, code) => {
    const job = await probed({ sourceUrl: `${source.url}${path}` });
    expect(job).toMatchObject({ state: "failed", error: { code: "asset_failed" } });
    const asset = await stack.client.assets.get(job.assetId);
    expect(asset).toMatchObject({ state: "failed", error: { code } });
  });

  it("is deleted with its asset, whose own it is", async () => {
    const job = await probed({ sourceUrl: `${source.url}/plain.mp4` });
    const { fetchJobId } = await stack.client.assets.get(job.assetId);
    const [file] = (await stack.client.jobs.outputs(fetchJobId ?? "")).items;
    expect((await fetch(file?.url ?? "")).status).toBe(200);
    await stack.client.assets.delete(job.assetId);
    expect((await fetch(file?.url ?? "")).status).toBe(404);
  });
});

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
    const asset = (await probed({ sourceUrl: `${source.url}/plain.mp4` })).assetId;
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
  const answers = JSON.stringify([
    await stack.client.connections.list(),
    await stack.client.jobs.list({ limit: 100 }),
    await stack.client.assets.list({ limit: 100 }),
  ]);
  const files = readdirSync(stack.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(5);
  const texts = [answers, ...files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))];
  for (const secret of [store.secretAccessKey, "hidden-query"])
    expect(texts.filter((text) => text.includes(secret))).toHaveLength(0);
});
