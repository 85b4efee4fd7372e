import { readFileSync } from "node:fs";
import { presets } from "@reelway/shared/presets/catalogue";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { probeFile, smallClip } from "../support/clips.ts";
import { md5Of } from "../support/file-source.ts";
import { probedMedia } from "../support/probed-media.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert, fetchOutput } from "./convert.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
  await stack.startRunner();
});
afterAll(() => stack.stop());

describe("every preset, through the whole stack", () => {
  // Streams are many files: stream-presets.long.test.ts.
  const ofOneFile = presets.filter(({ spec }) => spec.kind !== "stream");
  test.each(ofOneFile)("$name", async ({ name, spec }) => {
    if (spec.kind !== "transcode") throw new Error(`say here what a preset that is a ${spec.kind} makes: ${name}`);
    const wanted = probedMedia(spec);
    const job = await convert(stack.client, smallClip(), { preset: name });
    const main = job.outputs.find(({ role }) => role === "video" || role === "audio");
    const path = await fetchOutput(stack, job);
    expect(await md5Of(path)).toBe(main?.md5);
    const { format, streams } = probeFile(path);
    expect(format.format_name).toMatch(wanted.format);
    expect(Number(format.duration)).toBeCloseTo(2, 0);
    expect(streams.find(({ codec_type }) => codec_type === "video")?.codec_name ?? null).toBe(wanted.video);
    expect(streams.find(({ codec_type }) => codec_type === "audio")?.codec_name ?? null).toBe(wanted.audio);
    if (wanted.video) {
      const frames = spec.video?.fps === undefined ? { nb_read_frames: "60" } : {};
      const picture = streams.find(({ codec_type }) => codec_type === "video");
      expect(picture).toMatchObject({ width: 320, height: 180, ...frames });
    }
    expect(job.outputs.map(({ role }) => role)).toContain("metadata");
    if (wanted.video) expect(job.outputs.map(({ role }) => role)).toContain("poster");
  });
});

test("thumbnails yield posters, a sprite sheet and its map", async () => {
  const job = await convert(stack.client, smallClip(), {
    spec: {
      kind: "thumbnails",
      format: "jpeg",
      posters: { count: 3, width: 160 },
      sprite: { intervalSeconds: 0.5, columns: 2, rows: 2, width: 80 },
    },
  });
  expect(job.outputs.filter(({ role }) => role === "poster")).toHaveLength(3);
  const map = job.outputs.find(({ role }) => role === "storyboard");
  const text = readFileSync(await fetchOutput(stack, job, map?.name), "utf8");
  expect(text).toMatch(/^WEBVTT/);
  expect(text).toMatch(/#xywh=0,0,80,46/);
});

test("probe yields the full technical metadata", async () => {
  const job = await convert(stack.client, smallClip(), { spec: { kind: "probe" } });
  const metadata = JSON.parse(readFileSync(await fetchOutput(stack, job), "utf8")) as { source: unknown };
  expect(metadata.source).toMatchObject({
    video: [{ codec: "h264", width: 320, height: 180 }],
    audio: [{ codec: "aac" }],
  });
  expect(job.source).toMatchObject({ durationSeconds: expect.closeTo(2, 1) });
});
