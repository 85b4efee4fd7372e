import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type SmallPictures, smallPicture, smallPictureArguments } from "../../ffmpeg/arguments/small-pictures.ts";
import { smallPicturesIn } from "../../ffmpeg/likeness.ts";
import { type FfmpegEnd, type RunScope, runFfmpeg } from "../../ffmpeg/run.ts";
import { readMadeBytes } from "../../storage/read-made.ts";

/** Decoded pictures, small, and how the run ended that decoded them. */
export interface Decoded {
  readonly pictures: readonly Uint8Array[];
  readonly end: FfmpegEnd;
}

/** Decodes some pictures in software. Throws what runFfmpeg throws. */
export async function smallPictures(scope: RunScope, wanted: SmallPictures): Promise<Decoded> {
  const path = join(scope.cwd, wanted.file);
  try {
    const end = await runFfmpeg(scope, smallPictureArguments(wanted));
    return { pictures: smallPicturesIn(await readMadeBytes(path, wanted.most * smallPicture.bytes)), end };
  } finally {
    await rm(path, { force: true });
  }
}
