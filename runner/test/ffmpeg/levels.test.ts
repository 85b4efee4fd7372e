import { describe, expect, it } from "vitest";
import { h264Level, h265Level } from "../../src/ffmpeg/arguments/levels.ts";

describe("levels", () => {
  it.each([
    [640, 360, 30, 730, "3.0"],
    [1_280, 720, 30, 3_000, "3.1"],
    [1_280, 720, 60, 4_200, "3.2"],
    [1_920, 1_080, 30, 6_000, "4.0"],
    [1_920, 1_080, 30, 30_000, "4.1"],
    [1_920, 1_080, 60, 8_400, "4.2"],
    [3_840, 2_160, 30, 20_000, "5.1"],
    [3_840, 2_160, 60, 28_000, "5.2"],
    // One row of pixels more is one row of macroblocks more.
    [1_920, 1_090, 30, 6_000, "4.2"],
    [16_000, 16, 30, 1_000, "6.0"],
    [7_680, 4_320, 400, 50_000, null],
  ])("of H.264 for %d x %d at %d a second and %d kbit/s: %s", (width, height, fps, maxKbps, level) => {
    expect(h264Level({ width, height, fps, maxKbps })).toBe(level);
  });

  it.each([
    [640, 360, 30, 511, "2.1"],
    [1_280, 720, 30, 2_100, "3.1"],
    [1_920, 1_080, 30, 4_200, "4.0"],
    [1_920, 1_080, 60, 5_880, "4.1"],
    [3_840, 2_160, 30, 14_000, "5.0"],
    [3_840, 2_160, 60, 19_600, "5.1"],
    [1_920, 1_080, 30, 35_000, "5.1"],
    [16_000, 9_000, 30, 9_000, null],
  ])("of H.265 for %d x %d at %d a second and %d kbit/s: %s", (width, height, fps, maxKbps, level) => {
    expect(h265Level({ width, height, fps, maxKbps })).toBe(level);
  });
});
