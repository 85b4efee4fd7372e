import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { fixture } from "../fixtures.ts";
import { ffmpegPath } from "../media-tools.ts";
import { failureOf, runKind } from "./run-kind.ts";

const wav = (audio: object = {}, more: object = {}) =>
  ({ kind: "transcode", container: "wav", audio: { codec: "pcm", ...audio }, ...more }) as const;

async function measure(path: string): Promise<{ integrated: number; peak: number }> {
  const { stderr } = await execa(ffmpegPath, ["-nostats", "-i", path, "-af", "ebur128=peak=true", "-f", "null", "-"]);
  const summary = stderr.slice(stderr.lastIndexOf("Summary:"));
  return {
    integrated: Number(/I:\s+(-?[\d.]+) LUFS/.exec(summary)?.[1]),
    peak: Number(/Peak:\s+(-?[\d.]+) dBFS/.exec(summary)?.[1]),
  };
}

describe("sound", () => {
  it("reaches a loudness by one gain where the peaks allow it", async () => {
    const run = await runKind(wav({ loudness: { integratedLufs: -23 } }), await fixture("quiet-stereo.wav"));
    expect(Math.abs((await measure(run.pathOf("audio.wav"))).integrated + 23)).toBeLessThan(0.3);
    expect((await run.probed("audio.wav")).audio[0]).toMatchObject({ sampleRate: 48_000, channels: 2 });
    expect(run.reports.map((report) => report.message)).toContain("measuring loudness");
  });

  it("keeps below the true peak where one gain would go over it", async () => {
    const loudness = { integratedLufs: -8, truePeakDbtp: -6 };
    const run = await runKind(wav({ loudness }), await fixture("quiet-stereo.wav"));
    const { peak } = await measure(run.pathOf("audio.wav"));
    expect(peak).toBeLessThanOrEqual(-5.5);
    expect((await run.probed("audio.wav")).audio[0]?.sampleRate).toBe(48_000);
  });

  it.each([
    ["wav", "pcm", { channels: 1, sampleRate: 22_050 }, 1, 22_050],
    ["mp3", "mp3", { bitrateKbps: 96 }, 2, 48_000],
    ["m4a", "aac", {}, 6, 48_000],
  ] as const)("takes 5.1 to %s", async (container, codec, audio, channels, sampleRate) => {
    const run = await runKind(
      { kind: "transcode", container, audio: { codec, ...audio } },
      await fixture("surround.mkv"),
    );
    expect((await run.probed(`audio.${container}`)).audio[0]).toMatchObject({ channels, sampleRate });
  });

  it("takes 5.1 to Opus", async () => {
    const run = await runKind(
      { kind: "transcode", container: "mkv", audio: { codec: "opus" } },
      await fixture("surround.mkv"),
    );
    expect((await run.probed("audio.mkv")).audio[0]).toMatchObject({ codec: "opus", channels: 6 });
  });

  it("makes a sound file out of sound alone", async () => {
    const run = await runKind(
      wav({}, { trim: { startSeconds: 0.25, durationSeconds: 0.5 } }),
      await fixture("sound.m4a"),
    );
    expect((await run.probed("audio.wav")).durationSeconds).toBeCloseTo(0.5, 2);
  });

  it("has no sound where the source is silent, and fails where nothing else was asked for", async () => {
    const film = { kind: "transcode", container: "mp4", video: { codec: "h264" }, audio: { codec: "aac" } } as const;
    const run = await runKind(film, await fixture("silent.mp4"));
    expect((await run.probed("video.mp4")).audio).toEqual([]);
    expect((await failureOf(runKind(wav(), await fixture("silent.mp4")))).code).toBe("input_missing_stream");
    expect((await failureOf(runKind(film, await fixture("sound.m4a")))).code).toBe("input_missing_stream");
  });

  it("copies what fits and refuses what does not", async () => {
    const copy = { kind: "transcode", container: "m4a", audio: { codec: "copy" } } as const;
    const run = await runKind(copy, await fixture("clip.mp4"));
    expect((await run.probed("audio.m4a")).audio[0]?.codec).toBe("aac");
    expect((await failureOf(runKind(copy, await fixture("surround.mkv")))).code).toBe("spec_unsupported");
  });
});
