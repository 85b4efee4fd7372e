import { presets } from "@reelway/shared/presets/catalogue";
import { describe, expect, it } from "vitest";
import { probedMedia } from "../../../test/support/probed-media.ts";
import { fixture } from "../fixtures.ts";
import { runKind } from "./run-kind.ts";

/** Streams are many tasks: test/e2e/stream-presets.long.test.ts. */
const ofOneTask = presets.filter(({ spec }) => spec.kind !== "stream");

describe("presets", () => {
  it.each(ofOneTask)("$name", async ({ name, spec }) => {
    if (spec.kind !== "transcode") throw new Error(`say here what a preset that is a ${spec.kind} makes: ${name}`);
    const want = probedMedia(spec);
    const run = await runKind(spec, await fixture("clip.mp4"));
    const result = await run.probed(want.file);
    expect(run.files[0]).toMatchObject({ name: want.file, contentType: want.type });
    expect(run.encoder).toBe(want.encoder);
    expect(result.video.map((stream) => stream.codec)).toEqual(want.video ? [want.video] : []);
    expect(result.audio.map((stream) => stream.codec)).toEqual(want.audio ? [want.audio] : []);
    expect(result.durationSeconds).toBeGreaterThan(1.9);
    expect(result.durationSeconds).toBeLessThan(2.15);
    expect(run.files.map((file) => file.name)).toEqual(
      want.video ? [want.file, "poster.jpg", "metadata.json"] : [want.file, "metadata.json"],
    );
    const percents = run.reports.map((report) => report.percent);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(percents.at(-1)).toBe(100);
    if (want.video)
      expect((await run.probed(want.file)).video[0]).toMatchObject({ width: 320, height: 180, rotation: 0 });
  });
});
