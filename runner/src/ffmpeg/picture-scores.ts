import { join } from "node:path";
import { createInterface } from "node:readline";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { lossless } from "@reelway/shared/streams/quality-report";
import { z } from "zod";
import { openMade, readMade } from "../storage/read-made.ts";
import { scoreFiles } from "./arguments/measure.ts";

/** Ten hours at 60 pictures a second, a line for each. */
const logBytesMax = 256 * 1024 ** 2;
/** Of ten thousand pictures, each told in less than a thousand bytes. */
const vmafBytesMax = 16 * 1024 ** 2;

/** Scores by the number of the picture. */
export interface PictureScores {
  readonly ssim: readonly number[];
  readonly psnr: readonly number[];
  /** Those that were looked at, with their numbers; null where none was. */
  readonly vmaf: readonly { readonly picture: number; readonly score: number }[] | null;
}

const VmafLog = z.object({
  frames: z.array(z.object({ frameNum: z.int().min(0), metrics: z.object({ vmaf: z.number() }) })).min(1),
});

/** Reads what the comparing filters wrote of the n-th rendition. Throws runner_error where it is not as agreed. */
export async function readScores(directory: string, place: number, { withVmaf }: { readonly withVmaf: boolean }) {
  const files = scoreFiles(place);
  const scores: PictureScores = {
    ssim: await readLines(join(directory, files.ssim), /\bAll:(\S+)/),
    psnr: await readLines(join(directory, files.psnr), /\bpsnr_avg:(\S+)/),
    vmaf: withVmaf ? await readVmaf(join(directory, files.vmaf)) : null,
  };
  return scores;
}

async function readLines(path: string, pattern: RegExp): Promise<number[]> {
  const scores: number[] = [];
  const log = await openMade(path, logBytesMax);
  try {
    for await (const line of createInterface({ input: log.createReadStream({ encoding: "latin1" }) })) {
      const [, text] = pattern.exec(line) ?? [];
      const score = text === "inf" ? lossless : Number(text);
      if (!Number.isFinite(score)) throw new ReelwayError("runner_error", `ffmpeg scored a picture "${text}"`);
      scores.push(Math.min(lossless, score));
    }
  } finally {
    await log.close();
  }
  return scores;
}

async function readVmaf(path: string) {
  const parsed = VmafLog.safeParse(JSON.parse(await readMade(path, vmafBytesMax)));
  if (!parsed.success) throw new ReelwayError("runner_error", "libvmaf wrote another log than agreed");
  return parsed.data.frames.map(({ frameNum, metrics }) => ({ picture: frameNum, score: metrics.vmaf }));
}
