import { readFileSync } from "node:fs";
import type { Job } from "@reelway/shared/contracts/job";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { smallClip } from "../support/clips.ts";
import { type SourceServer, startSourceServer } from "../support/source-server.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { ended } from "./convert.ts";
import { writtenBy } from "./written-by.ts";

const clip = readFileSync(smallClip());
/** Sources that are fetched side by side: each waits more than it works. */
const atOnce = 4;
const probe = { spec: { kind: "probe" as const } };
let stack: TestStack;
beforeAll(async () => {
  const settings = { ALLOW_PRIVATE_URLS: "true", MAX_UPLOAD_SIZE: "50000000", MAX_RETRIES: "1", RETRY_BASE_MS: "100" };
  stack = await startTestStack({ settings });
});
afterAll(() => stack.stop());

async function probed(request: { sourceUrl: string }): Promise<Job> {
  const job = await stack.client.jobs.create({ ...request, ...probe });
  return ended(stack.client, job.id);
}

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

it("no query of a URL is in any log, answer or table", async () => {
  const texts = await writtenBy(stack);
  expect(texts.length).toBeGreaterThan(5);
  expect(texts.filter((text) => text.includes("hidden-query"))).toHaveLength(0);
});
