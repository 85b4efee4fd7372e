import { describe, expect, it } from "vitest";
import { sdrColor } from "../testing/sdr-color.ts";
import { StreamPlan } from "./stream-plan.ts";

const chunk = (ordinal: number, more: object = {}) => ({
  ordinal,
  fromKeyFrame: ordinal,
  toKeyFrame: ordinal + 1,
  start: ordinal * 96_000,
  end: (ordinal + 1) * 96_000,
  pictures: 96,
  firstSegment: ordinal + 1,
  segments: [{ firstPicture: 0, start: ordinal * 96_000 }],
  keyFrames: [0, 48],
  grid: 48,
  sourceRange: [ordinal * 1_000, ordinal * 1_000 + 999],
  slice: { offset: ordinal * 10, length: 10 },
  ...more,
});

const plan = (more: object = {}) => ({
  version: 1,
  source: {
    container: "mp4",
    bytes: 2_000,
    durationSeconds: 8,
    startSeconds: 0,
    bitrateKbps: 2,
    video: [],
    audio: [],
    subtitles: [],
    otherStreams: 0,
    chapters: 0,
    tags: {},
  },
  durationSeconds: 8,
  segmentSeconds: 4,
  targetDurationSeconds: 4,
  video: {
    track: 1,
    encoder: "libx264",
    build: null,
    speed: "balanced",
    timescale: 24_000,
    frameRate: [24, 1],
    fps: 24,
    color: { ...sdrColor, primaries: "bt709", transfer: "bt709", matrix: "bt709" },
    renditions: [
      {
        id: "video-1",
        name: "360p",
        width: 640,
        height: 360,
        rateFactor: 22,
        maxKbps: 730,
        profile: "high",
        level: "3.0",
        codecs: "avc1.64001e",
        initBytes: 700,
        initSha256: "0".repeat(64),
      },
    ],
  },
  chunks: [chunk(0), chunk(1)],
  whole: null,
  audio: [],
  thumbnails: true,
  ...more,
});

const issuesOf = (document: unknown) =>
  StreamPlan.safeParse(document).error?.issues.map(({ path }) => path.join(".")) ?? [];

describe("a stream's plan", () => {
  it("is taken as it should be", () => {
    expect(issuesOf(plan())).toEqual([]);
    expect(issuesOf(plan({ chunks: [], whole: { code: "one_key_frame", reason: "there is one key frame" } }))).toEqual(
      [],
    );
    expect(issuesOf(plan({ chunks: [], video: null }))).toEqual([]);
  });

  it.each([
    ["a gap in time", chunk(1, { start: 96_001, segments: [{ firstPicture: 0, start: 96_001 }] }), "chunks.1"],
    ["a gap in segments", chunk(1, { firstSegment: 3 }), "chunks.1"],
    ["a missing chunk", chunk(2), "chunks.1"],
    ["a slice elsewhere", chunk(1, { slice: { offset: 11, length: 10 } }), "chunks.1"],
    ["no key frames of the source", chunk(1, { toKeyFrame: 1 }), "chunks.1"],
    ["a segment that starts late", chunk(1, { segments: [{ firstPicture: 0, start: 96_100 }] }), "chunks.1.segments"],
    [
      "a segment behind its end",
      chunk(1, {
        segments: [
          { firstPicture: 0, start: 96_000 },
          { firstPicture: 1, start: 192_000 },
        ],
      }),
      "chunks.1.segments",
    ],
    [
      "segments that go back",
      chunk(1, {
        segments: [
          { firstPicture: 0, start: 96_000 },
          { firstPicture: 1, start: 96_000 },
        ],
      }),
      "chunks.1.segments",
    ],
    ["a first picture that is no key frame", chunk(1, { keyFrames: [1, 48] }), "chunks.1.keyFrames"],
    ["a key frame that is not there", chunk(1, { keyFrames: [0, 96] }), "chunks.1.keyFrames"],
  ])("with %s is refused", (_what, second, path) => {
    expect(issuesOf(plan({ chunks: [chunk(0), second] }))).toContain(path);
  });

  it("says why it has no chunks, and has none where it says so", () => {
    expect(issuesOf(plan({ chunks: [] }))).toContain("chunks");
    expect(issuesOf(plan({ whole: { code: "x", reason: "y" } }))).toContain("chunks");
  });
});
