import { presets } from "@reelway/shared/presets/catalogue";
import { describe, expect, it } from "vitest";
import { fixture } from "../fixtures.ts";
import { runKind } from "./run-kind.ts";

const expected: Record<
  string,
  { file: string; type: string; video: string | null; audio: string | null; encoder: string | null }
> = {
  "mp4-h264": { file: "video.mp4", type: "video/mp4", video: "h264", audio: "aac", encoder: "libx264" },
  "mp4-h265": { file: "video.mp4", type: "video/mp4", video: "hevc", audio: "aac", encoder: "libx265" },
  "mp4-av1": { file: "video.mp4", type: "video/mp4", video: "av1", audio: "aac", encoder: "libsvtav1" },
  "webm-vp9": { file: "video.webm", type: "video/webm", video: "vp9", audio: "opus", encoder: "libvpx-vp9" },
  "mov-prores": {
    file: "video.mov",
    type: "video/quicktime",
    video: "prores",
    audio: "pcm_s16le",
    encoder: "prores_ks",
  },
  "mkv-copy": { file: "video.mkv", type: "video/x-matroska", video: "h264", audio: "aac", encoder: null },
  gif: { file: "video.gif", type: "image/gif", video: "gif", audio: null, encoder: "gif" },
  mp3: { file: "audio.mp3", type: "audio/mpeg", video: null, audio: "mp3", encoder: "libmp3lame" },
  m4a: { file: "audio.m4a", type: "audio/mp4", video: null, audio: "aac", encoder: "aac" },
  wav: { file: "audio.wav", type: "audio/wav", video: null, audio: "pcm_s16le", encoder: "pcm_s16le" },
};

/** Streams are many tasks, and have tests of their own. */
const ofOneTask = presets.filter(({ spec }) => spec.kind !== "stream");

describe("presets", () => {
  it.each(ofOneTask)("$name", async ({ name, spec }) => {
    const want = expected[name];
    if (!want) throw new Error(`no expectation for ${name}`);
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
