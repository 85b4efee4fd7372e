import type { PlannedVideo, StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { describe, expect, it } from "vitest";
import { sameRenditions } from "../src/streams/same-renditions.ts";
import { planOf } from "./support/streams.ts";

const plan = planOf(2);
const [large, small] = plan.video?.renditions ?? [];
if (plan.video === null || large === undefined || small === undefined) throw new Error("no ladder");
const video: PlannedVideo = plan.video;
const withVideo = (change: Partial<PlannedVideo>): StreamPlan => ({ ...plan, video: { ...video, ...change } });
const [first, second] = plan.chunks;
if (first === undefined || second === undefined) throw new Error("no chunks");

describe("renditions of two plans", () => {
  it("are the same where every number is, but for those that are to be made anew", () => {
    const both = [
      { id: "video-1", of: "video-1" },
      { id: "video-2", of: "video-2" },
    ];
    expect(sameRenditions(plan, plan, [])).toEqual({ renditions: both, reason: null });
    expect(sameRenditions(plan, plan, ["720p"])).toEqual({ renditions: both.slice(1), reason: null });
    expect(sameRenditions(plan, plan, ["720p", "360p"])).toEqual({
      renditions: [],
      reason: "None of its sizes comes out just as here.",
    });
  });

  it("are found by what they are, not by their places: a ladder may have grown or shrunk", () => {
    const larger = { ...large, id: "video-1", name: "1080p", width: 2_160, height: 1_080 };
    const grown = withVideo({ renditions: [larger, { ...large, id: "video-2" }, { ...small, id: "video-3" }] });
    expect(sameRenditions(grown, plan, []).renditions).toEqual([
      { id: "video-2", of: "video-1" },
      { id: "video-3", of: "video-2" },
    ]);
    expect(sameRenditions(withVideo({ renditions: [{ ...small, id: "video-1" }] }), grown, []).renditions).toEqual([
      { id: "video-1", of: "video-3" },
    ]);
  });

  it.each([
    ["pixels", { width: 1_442 }],
    ["a rate factor", { rateFactor: 23 }],
    ["a ceiling", { maxKbps: 1_001 }],
    ["a profile", { profile: "main" }],
    ["a level", { level: "3.1" }],
    ["an init segment", { initSha256: "f".repeat(64) }],
  ])("differ by %s, each alone", (_, change) => {
    const other = withVideo({ renditions: [{ ...large, ...change }, small] });
    expect(sameRenditions(plan, other, []).renditions).toEqual([{ id: "video-2", of: "video-2" }]);
  });

  it.each([
    ["encoder", { encoder: "libx265" }],
    ["ffmpeg build", { build: "0123456789ab" }],
    ["speed", { speed: "fast" }],
    ["target quality", { target: { metric: "ssim", value: 0.97 } }],
    ["clock", { timescale: 48_000 }],
    ["clock", { frameRate: null }],
    ["colour", { color: { ...video.color, primaries: "bt2020" } }],
  ] satisfies [string, Partial<PlannedVideo>][])("all differ where the picture has another %s", (words, change) => {
    const found = sameRenditions(plan, withVideo(change), []);
    expect(found).toEqual({ renditions: [], reason: `That stream has another ${words}.` });
  });

  it.each([
    ["pictures", { ...second, pictures: 95 }],
    ["a border", { ...second, end: second.end + 1_000 }],
    ["key frames", { ...second, keyFrames: [0, 40], grid: null }],
    ["segments", { ...second, segments: [...second.segments, { firstPicture: 48, start: second.start + 48_000 }] }],
  ])("all differ where one chunk has other %s", (_, other) => {
    const found = sameRenditions(plan, { ...plan, chunks: [first, other] }, []);
    expect(found).toEqual({ renditions: [], reason: "That stream was cut elsewhere." });
    expect(sameRenditions(plan, { ...plan, chunks: [first] }, []).renditions).toEqual([]);
  });

  it("may be read from the source in another way", () => {
    const other = { ...second, sourceRange: [11, 25] as [number, number], slice: { offset: 10, length: 14 } };
    expect(sameRenditions(plan, { ...plan, chunks: [first, other] }, []).renditions).toHaveLength(2);
  });

  it("are none where a picture is one task, or there is none", () => {
    const whole = { ...plan, chunks: [], whole: { code: "interlaced", reason: "Its pictures are interlaced." } };
    expect(sameRenditions(whole, plan, []).reason).toMatch(/is one task/);
    expect(sameRenditions(plan, whole, []).reason).toMatch(/was one task/);
    expect(sameRenditions({ ...plan, video: null }, plan, []).reason).toMatch(/no picture/);
  });
});
