import { regionIds } from "@reelway/shared/regions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { smallClip } from "../support/clips.ts";
import { fileSource } from "../support/file-source.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { ended } from "./convert.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.stop());

test("each region's work is done by its own runners, in its own bucket", async () => {
  const runners = await Promise.all(regionIds.map((region) => stack.startRunner({ region })));
  for (const [index, region] of regionIds.entries()) {
    const asset = await stack.client.assets.upload(await fileSource(smallClip()), { region });
    expect(asset).toMatchObject({ region, id: expect.stringMatching(`_${region}$`) });
    const job = await ended(stack.client, (await stack.client.jobs.create({ assetId: asset.id, preset: "mp3" })).id);
    expect(job).toMatchObject({ state: "succeeded", region });
    expect(job.execution?.runnerId).toBe(runners[index]?.id);
    const links = await stack.client.jobs.outputs(job.id);
    expect(links.items[0]?.url).toContain(`/reelway-${region}/`);
  }
});
