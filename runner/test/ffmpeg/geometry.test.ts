import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitPicture } from "../../src/ffmpeg/arguments/geometry.ts";

const side = fc.integer({ min: 16, max: 7_680 });
const fits = fc.constantFrom("scale-down", "contain", "cover", "pad", "stretch" as const);

describe("fitPicture", () => {
  it("always yields even sides inside the box, and what each fit promises", () => {
    fc.assert(
      fc.property(side, side, side, side, fits, (sourceWidth, sourceHeight, width, height, fit) => {
        const source = { width: sourceWidth, height: sourceHeight };
        const { scaled, crop, pad, final } = fitPicture(source, { codec: "h264", width, height, fit }, 2);
        for (const size of [scaled, final]) {
          expect(size.width % 2).toBe(0);
          expect(size.height % 2).toBe(0);
          expect(Math.min(size.width, size.height)).toBeGreaterThanOrEqual(2);
        }
        expect(final.width).toBeLessThanOrEqual(width);
        expect(final.height).toBeLessThanOrEqual(height);
        if (fit === "scale-down") expect(final.width <= sourceWidth && final.height <= sourceHeight).toBe(true);
        if (crop) expect(scaled.width >= crop.width && scaled.height >= crop.height).toBe(true);
        if (pad) expect(scaled.width <= pad.width && scaled.height <= pad.height).toBe(true);
        if (fit === "cover" || fit === "pad" || fit === "stretch")
          expect(final).toEqual({ width: 2 * Math.floor(width / 2), height: 2 * Math.floor(height / 2) });
      }),
    );
  });

  it("never goes beyond the largest output, whatever the source", () => {
    expect(fitPicture({ width: 8_192, height: 4_096 }, { codec: "h264" }, 2).final).toEqual({
      width: 7_680,
      height: 3_840,
    });
  });
});
