import type { RenditionQuality, Spread, VmafSpread } from "@reelway/shared/contracts/quality";
import { decibels, harmonic, rounded } from "@reelway/shared/streams/quality-report";
import type { PictureScores } from "../../../ffmpeg/picture-scores.ts";

/** Where in the title a picture is shown, seconds. */
export type TimeOf = (picture: number) => number;

/** All that is kept of the scores of each single picture. */
export function spreadsOf({ ssim, psnr, vmaf }: PictureScores, timeOf: TimeOf): Omit<RenditionQuality, "id"> {
  const errors = psnr.map(decibels.to);
  return {
    pictures: ssim.length,
    ssim: spreadOf(ssim, timeOf),
    psnr: { ...spreadOf(psnr, timeOf), mean: rounded(decibels.from(meanOf(errors))) },
    vmaf: vmaf === null ? null : vmafSpread(vmaf, timeOf),
  };
}

function vmafSpread(scored: NonNullable<PictureScores["vmaf"]>, timeOf: TimeOf): VmafSpread {
  const scores = scored.map(({ score }) => score);
  const harmonicMean = rounded(harmonic.from(meanOf(scores.map(harmonic.to))));
  return { ...spreadOf(scores, (place) => timeOf(scored[place]?.picture ?? 0)), harmonicMean };
}

function spreadOf(scores: readonly number[], timeOf: TimeOf): Spread {
  const sorted = [...scores].sort((a, b) => a - b);
  const min = sorted[0] ?? 0;
  return {
    mean: rounded(meanOf(scores)),
    // One in a hundred is worse, and of fewer than that the worst.
    low: rounded(sorted[Math.floor(sorted.length / 100)] ?? min),
    min: rounded(min),
    worstSeconds: Number(Math.max(0, timeOf(scores.indexOf(min))).toFixed(3)),
  };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
