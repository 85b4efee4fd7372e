import { describe, expect, it } from "vitest";
import { fitLadder, type LadderWish } from "./ladder.ts";

const source = (width: number, height: number, more: object = {}) => ({
  width,
  height,
  fps: 25,
  sampleAspectRatio: null,
  ...more,
});
const h264: LadderWish = { codec: "h264" };
const names = (rungs: readonly { readonly name: string }[]) => rungs.map(({ name }) => name);

describe("a ladder", () => {
  it("takes the common sizes up to the source's, largest first", () => {
    expect(names(fitLadder(source(1_920, 1_080), h264))).toEqual(["1080p", "720p", "540p", "360p"]);
    expect(names(fitLadder(source(3_840, 2_160), h264))).toEqual(["2160p", "1440p", "1080p", "720p", "540p", "360p"]);
  });

  it("never goes above the source, and gives a small one its own size", () => {
    expect(fitLadder(source(320, 240), h264)).toMatchObject([{ name: "240p", width: 320, height: 240 }]);
    expect(fitLadder(source(151, 145), h264)).toMatchObject([{ width: 150, height: 144 }]);
  });

  it("gives a source between two sizes a top rung of its own, unless the next is nearly as large", () => {
    expect(names(fitLadder(source(1_600, 900), h264))).toEqual(["900p", "720p", "540p", "360p"]);
    expect(names(fitLadder(source(1_280, 544), h264))).toEqual(["540p", "360p"]);
  });

  it("goes by the shorter side, whichever way the picture stands", () => {
    expect(fitLadder(source(1_080, 1_920), h264)[0]).toMatchObject({ name: "1080p", width: 1_080, height: 1_920 });
  });

  it("goes by the size that is shown, in which pixels are square already, and makes it even", () => {
    const [top] = fitLadder(source(1_024, 576, { sampleAspectRatio: "64:45" }), {
      codec: "h264",
      ladder: [{ shortSide: 360 }],
    });
    expect(top).toMatchObject({ width: 640, height: 360 });
    const odd = fitLadder(source(853, 481), h264);
    expect(odd.every(({ width, height }) => width % 2 === 0 && height % 2 === 0)).toBe(true);
  });

  it("leaves out what is larger than wanted", () => {
    expect(names(fitLadder(source(3_840, 2_160), { codec: "h264", shortSideMax: 720 }))).toEqual([
      "720p",
      "540p",
      "360p",
    ]);
  });

  it("keeps a ladder that was asked for, but for what the source can't fill", () => {
    const ladder = [{ shortSide: 360 }, { shortSide: 1_080, maxKbps: 4_000 }, { shortSide: 2_160 }];
    expect(fitLadder(source(1_920, 1_080), { codec: "h264", ladder })).toMatchObject([
      { name: "1080p", maxKbps: 4_000 },
      { name: "360p" },
    ]);
    expect(names(fitLadder(source(640, 360), { codec: "h264", ladder: [{ shortSide: 720 }] }))).toEqual(["360p"]);
  });

  it("gives less bits to better codecs, more to fast pictures, and more to each larger rung", () => {
    const top = (codec: LadderWish["codec"], fps = 25) =>
      fitLadder(source(1_920, 1_080, { fps }), { codec })[0]?.maxKbps ?? 0;
    expect(top("h264")).toBe(6_000);
    expect(top("av1")).toBeLessThan(top("h265"));
    expect(top("h265")).toBeLessThan(top("h264"));
    expect(top("h264", 60)).toBe(8_400);
    const kbps = fitLadder(source(3_840, 2_160), h264).map(({ maxKbps }) => maxKbps);
    expect(kbps).toEqual([...kbps].sort((a, b) => b - a));
  });
});
