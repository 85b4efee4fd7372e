import { expect, it } from "vitest";
import type { PartFindings, RenditionQuality } from "../contracts/quality.ts";
import { lossless, qualityReport } from "./quality-report.ts";

const title = { target: null, renditions: [{ id: "video-1", name: "720p", width: 1_280, height: 720 }] };
const spread = (mean: number, min: number, worstSeconds: number) => ({ mean, low: min, min, worstSeconds });

function part(ordinal: number, scores: Partial<RenditionQuality>, from = ordinal * 4): PartFindings {
  const rendition = {
    ...{ id: "video-1", pictures: 100, ssim: spread(0.9, 0.8, from), psnr: spread(40, 30, from), vmaf: null },
    ...scores,
  };
  return {
    part: `quality:${ordinal}`,
    quality: { seconds: [from, from + 4], vmafEvery: 1, unmeasured: null, renditions: [rendition] },
  };
}

it("adds chunks up by their pictures, and keeps the worst picture of all", () => {
  const report = qualityReport(title, [
    part(10, { pictures: 300, ssim: spread(0.98, 0.7, 41) }),
    part(2, { pictures: 100, ssim: spread(0.9, 0.8, 9) }),
  ]);
  expect(report.chunks.map(({ ordinal }) => ordinal)).toEqual([2, 10]);
  expect(report.renditions[0]).toMatchObject({ pictures: 400, ssim: { mean: 0.96, min: 0.7, worstSeconds: 41 } });
});

it("adds up the errors behind decibels, and not the decibels", () => {
  const of = (first: number, second: number) => {
    const parts = [part(0, { psnr: spread(first, first, 0) }), part(1, { psnr: spread(second, second, 4) })];
    return qualityReport(title, parts).renditions[0]?.psnr?.mean;
  };
  // Ten times and once a thousandth: five and a half on an average.
  expect(of(30, 20)).toBeCloseTo(-10 * Math.log10(0.0055), 4);
  expect(of(lossless, lossless)).toBe(lossless);
  expect(of(lossless, 30)).toBeCloseTo(33.0103, 4);
});

it("says of VMAF for how many pictures there is one, with the harmonic mean of all of them", () => {
  const vmaf = (score: number) => ({ ...spread(score, score, 0), harmonicMean: score });
  const report = qualityReport(title, [part(0, { vmaf: vmaf(99) }), part(1, { vmaf: vmaf(49) }), part(2, {})]);
  expect(report.renditions[0]).toMatchObject({ pictures: 300, vmafPictures: 200, vmaf: { mean: 74, min: 49 } });
  expect(report.renditions[0]?.vmaf?.harmonicMean).toBeCloseTo(2 / (1 / 100 + 1 / 50) - 1, 4);
});

it("tells of what could not be measured, and of rate factors where nothing was", () => {
  const report = qualityReport(title, [
    { part: "quality:whole", quality: { seconds: [0, 9], vmafEvery: 2, unmeasured: "why", renditions: [] } },
    {
      part: "encode:whole",
      factors: {
        ...{ seconds: [0, 9], sampleSeconds: 1 },
        renditions: [{ id: "video-1", rateFactor: 30.5, probes: 2, predicted: 94 }],
      },
    },
  ]);
  expect(report.chunks).toMatchObject([
    { ordinal: null, endSeconds: 9, unmeasured: "why", renditions: [{ rateFactor: 30.5, probes: 2, ssim: null }] },
  ]);
  expect(report.renditions[0]).toMatchObject({ pictures: 0, ssim: null, rateFactors: { least: 30.5, most: 30.5 } });
});
