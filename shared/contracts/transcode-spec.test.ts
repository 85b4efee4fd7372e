import { describe, expect, it } from "vitest";
import { presets } from "../presets/catalogue.ts";
import { JobSpec } from "./job-spec.ts";
import { TranscodeSpec } from "./transcode-spec.ts";

const assetId = "ast_01hzzzzzzzzzzzzzzzzzzzzzzz_weur";
const base = { kind: "transcode", container: "mp4", video: { codec: "h264" }, audio: { codec: "aac" } };

/** Every combination that no encoder could do, as a change to a good spec, and the path that must be named. */
const impossible: readonly (readonly [name: string, change: object, path: string])[] = [
  ["neither picture nor sound", { video: undefined, audio: undefined }, "video"],
  ["a codec that the container does not take", { container: "webm", audio: { codec: "opus" } }, "video.codec"],
  ["sound that the container does not take", { audio: { codec: "pcm" } }, "audio.codec"],
  ["a picture in a sound container", { container: "mp3", audio: { codec: "mp3" } }, "video"],
  ["sound in a GIF", { container: "gif", video: { codec: "gif" } }, "audio"],
  ["a copy into a GIF", { container: "gif", video: { codec: "copy" }, audio: undefined }, "video.codec"],
  ["copy with a width", { video: { codec: "copy", width: 320 } }, "video.width"],
  ["copy with a height", { video: { codec: "copy", height: 320 } }, "video.height"],
  ["copy with a fit", { video: { codec: "copy", fit: "pad" } }, "video.fit"],
  ["copy with a frame rate", { video: { codec: "copy", fps: 25 } }, "video.fps"],
  ["copy with a quality", { video: { codec: "copy", quality: 50 } }, "video.quality"],
  ["copy with a bitrate", { video: { codec: "copy", bitrateKbps: 500 } }, "video.bitrateKbps"],
  ["copy in two passes", { video: { codec: "copy", twoPass: true } }, "video.twoPass"],
  ["copy with a speed", { video: { codec: "copy", speed: "fast" } }, "video.speed"],
  ["copy with key frames", { video: { codec: "copy", keyframeSeconds: 2 } }, "video.keyframeSeconds"],
  ["copy with HDR handling", { video: { codec: "copy", hdr: "sdr" } }, "video.hdr"],
  ["copy with a turn", { video: { codec: "copy", rotate: 90 } }, "video.rotate"],
  ["quality and bitrate", { video: { codec: "h264", quality: 50, bitrateKbps: 500 } }, "video.bitrateKbps"],
  ["two passes without a bitrate", { video: { codec: "h264", twoPass: true } }, "video.twoPass"],
  ["two passes with AV1", { video: { codec: "av1", bitrateKbps: 500, twoPass: true } }, "video.twoPass"],
  ["a bitrate for ProRes", { container: "mov", video: { codec: "prores", bitrateKbps: 500 } }, "video.bitrateKbps"],
  ["HDR in H.264", { video: { codec: "h264", hdr: "keep" } }, "video.hdr"],
  ["a fit without a size", { video: { codec: "h264", fit: "contain" } }, "video.fit"],
  ["pad with one side", { video: { codec: "h264", fit: "pad", width: 320 } }, "video.fit"],
  ["cover with one side", { video: { codec: "h264", fit: "cover", height: 320 } }, "video.fit"],
  ["a picture too small", { video: { codec: "h264", width: 8 } }, "video.width"],
  ["a picture too large", { video: { codec: "h264", width: 8_000 } }, "video.width"],
  ["copied sound with a bitrate", { audio: { codec: "copy", bitrateKbps: 128 } }, "audio.bitrateKbps"],
  ["copied sound with channels", { audio: { codec: "copy", channels: 2 } }, "audio.channels"],
  ["copied sound with a rate", { audio: { codec: "copy", sampleRate: 48_000 } }, "audio.sampleRate"],
  ["copied sound with loudness", { audio: { codec: "copy", loudness: {} } }, "audio.loudness"],
  [
    "PCM with a bitrate",
    { container: "wav", video: undefined, audio: { codec: "pcm", bitrateKbps: 128 } },
    "audio.bitrateKbps",
  ],
  ["MP3 in 5.1", { audio: { codec: "mp3", channels: 6 } }, "audio.channels"],
  ["MP3 above 320 kbit/s", { audio: { codec: "mp3", bitrateKbps: 512 } }, "audio.bitrateKbps"],
  ["MP3 at 96 kHz", { audio: { codec: "mp3", sampleRate: 96_000 } }, "audio.sampleRate"],
  ["Opus at 44.1 kHz", { audio: { codec: "opus", sampleRate: 44_100 } }, "audio.sampleRate"],
  ["two ends of a trim", { trim: { endSeconds: 5, durationSeconds: 2 } }, "trim.durationSeconds"],
  ["a trim that ends before it starts", { trim: { startSeconds: 5, endSeconds: 5 } }, "trim.endSeconds"],
  ["a watermark on a copy", { video: { codec: "copy" }, watermark: { assetId } }, "watermark"],
  ["a watermark without a picture", { container: "m4a", video: undefined, watermark: { assetId } }, "watermark"],
  ["a poster without a picture", { container: "m4a", video: undefined, poster: true }, "poster"],
  ["subtitles from nowhere", { subtitles: {} }, "subtitles"],
  ["subtitles from two places", { subtitles: { assetId, track: 0 } }, "subtitles"],
  ["subtitles without a picture", { container: "m4a", video: undefined, subtitles: { track: 0 } }, "subtitles"],
  [
    "subtitles burned into a copy",
    { video: { codec: "copy" }, subtitles: { track: 0, mode: "burn" } },
    "subtitles.mode",
  ],
  [
    "soft subtitles in a GIF",
    { container: "gif", video: { codec: "gif" }, audio: undefined, subtitles: { track: 0 } },
    "subtitles.mode",
  ],
  ["a language that is none", { subtitles: { track: 0, language: "e:x" } }, "subtitles.language"],
];

describe("TranscodeSpec", () => {
  it.each(impossible)("refuses %s", (_name, change, path) => {
    const parsed = TranscodeSpec.safeParse({ ...base, ...change });
    expect(parsed.error?.issues.map((issue) => issue.path.join("."))).toContain(path);
  });

  it("refuses fields that it does not know", () => {
    expect(TranscodeSpec.safeParse({ ...base, filter: "movie=/etc/passwd" }).success).toBe(false);
  });
});

describe("presets", () => {
  it.each(presets)("$name is a valid spec and says all of it", ({ spec }) => {
    expect(JobSpec.parse(spec)).toEqual(spec);
  });

  it("have names of their own", () => {
    expect(new Set(presets.map(({ name }) => name)).size).toBe(presets.length);
  });
});
