import { cliIn } from "@reelway/shared/cli/test/run-cli";
import { AssetCreated, type AssetRequest, PartUrls, type PresignedRequest } from "@reelway/shared/contracts/asset";
import { Problem } from "@reelway/shared/errors/problem";
import { limits } from "@reelway/shared/limits";
import { defaultRegion } from "@reelway/shared/regions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listBucket } from "../support/bucket-listing.ts";
import { smallClip } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert } from "./convert.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
  await stack.startRunner();
});
afterAll(() => stack?.stop());

const listed = () => listBucket(stack, defaultRegion);
const eventTypes = async () => (await stack.client.events.list({ limit: 100 })).items.map(({ type }) => type);

function api(path: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${stack.key}`, ...(body ? { "content-type": "application/json" } : {}) };
  const init = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
  return fetch(`${stack.url}/api/v1${path}`, init);
}

async function refusalOf(path: string) {
  const answer = await api(path);
  return [answer.status, Problem.parse(await answer.json()).code];
}

test("an asset and what its jobs made are deleted, nothing is left in the bucket, and the receipt says so", async () => {
  const cli = cliIn(stack);
  await convert(stack.client, smallClip(), { preset: "mp3" });
  const before = await listed();
  const job = await convert(stack.client, smallClip(), { preset: "mp4-h264" });
  expect(await listed()).toHaveLength(before.length + 1 + job.outputs.length);

  expect((await cli.run("delete", job.id, "--json")).json).toEqual([
    {
      jobId: job.id,
      objects: job.outputs.length,
      bytes: job.outputs.reduce((sum, { bytes }) => sum + bytes, 0),
      // The run has ended a moment ago: a lost lease of it could still write.
      erasedAt: null,
      pendingUntil: expect.any(Number),
    },
  ]);
  for (const path of ["download", "outputs"])
    expect(await refusalOf(`/jobs/${job.id}/${path}`)).toEqual([410, "output_expired"]);

  const told = (await cli.run("delete", job.assetId, "--outputs")).stdout.split("\n");
  expect(told).toEqual([
    expect.stringMatching(new RegExp(`^${job.assetId}  1 object, .+ deleted; looked for again until `)),
    "outputs of 0 jobs  0 objects, 0 B deleted",
    "",
  ]);
  expect(await listed()).toEqual(before);
  expect((await cli.run("delete", job.assetId, "--json")).json).toMatchObject([{ objects: 0, bytes: 0 }]);
  expect(await eventTypes()).toContain("job.outputs_deleted");
  const wrong = await cli.run("delete", job.id, "--outputs");
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("--outputs belongs to assets")]);
});

test("an upload in parts that is given up takes no part any more, and is told to be gone at once", async () => {
  const wanted: AssetRequest = { name: "large.mov", bytes: limits.multipartThresholdBytes + 1 };
  const { asset } = AssetCreated.parse(await (await api("/assets", wanted)).json());
  const { parts } = PartUrls.parse(await (await api(`/assets/${asset.id}/parts`, { parts: [1, 2] })).json());
  const [first, second] = parts;
  if (!first || !second) throw new Error("no URLs for two parts");
  const put = ({ url, headers }: PresignedRequest) =>
    fetch(url, { method: "PUT", headers, body: new Uint8Array(limits.partBytesDefault) });
  expect((await put(first.request)).status).toBe(200);

  const receipt = await stack.client.assets.delete(asset.id);
  expect(receipt).toMatchObject({ objects: 0, pendingUntil: null, erasedAt: expect.any(Number) });
  expect((await put(second.request)).status).toBe(404);
  expect(await eventTypes()).toContain("asset.deleted");
});
