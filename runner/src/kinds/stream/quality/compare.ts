import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Measuring, measureArguments, scoreFiles } from "../../../ffmpeg/arguments/measure.ts";
import { type PictureScores, readScores } from "../../../ffmpeg/picture-scores.ts";
import type { FfmpegProgress } from "../../../ffmpeg/progress.ts";
import { runFfmpeg } from "../../../ffmpeg/run.ts";
import type { KindContext } from "../../kind.ts";
import { scopeOf } from "../../scope.ts";

/** The scores of each rendition; or how many pictures there are on either side, where these are not equal. */
export type Comparison =
  | { readonly scores: readonly PictureScores[] }
  | { readonly unequal: { readonly fewer: number; readonly more: number } };

/** Compares renditions with what they were made of, picture by picture in their order. */
export async function comparePictures(
  context: KindContext,
  measuring: Measuring,
  onProgress: (progress: FfmpegProgress) => void = () => {},
): Promise<Comparison> {
  const { workDirectory } = context;
  await runFfmpeg(scopeOf(context), measureArguments(measuring), onProgress);
  const scores: PictureScores[] = [];
  for (const place of measuring.encoded.keys()) {
    scores.push(await readScores(workDirectory, place, { withVmaf: measuring.vmafEvery !== null }));
    for (const file of Object.values(scoreFiles(place))) await rm(join(workDirectory, file), { force: true });
  }
  const torn = scores.find(({ ssim, psnr }) => ssim.length !== psnr.length || ssim.length === 0);
  return torn === undefined ? { scores } : { unequal: { fewer: torn.psnr.length, more: torn.ssim.length } };
}
