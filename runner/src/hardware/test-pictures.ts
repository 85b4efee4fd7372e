import { join } from "node:path";
import { type PictureSource, smallPicture, smallPictureArguments } from "../ffmpeg/arguments/small-pictures.ts";
import { type Likeness, leastLikeness, likenessWithin, smallPicturesIn } from "../ffmpeg/likeness.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import { readMadeBytes } from "../storage/read-made.ts";
import { type ProofMeans, runProof } from "./run-proof.ts";

/** As much of our test pictures as is looked at, seconds. */
const span = { from: 0, to: 0.2 };
const most = 10;

/** What a proof says of an encoder whose pictures are others: device-faults.ts knows these words. */
export const showsOthers = "what it makes does not show what it was given";

/**
 * Whether what was encoded of our test pictures shows them, decoded in software. Null where this ffmpeg does not decode it,
 * which says nothing of its encoder.
 */
export async function showsTestPictures(
  { ffmpegPath }: Pick<FfmpegTools, "ffmpegPath">,
  means: ProofMeans,
  { made, given }: { readonly made: string; readonly given: readonly string[] },
): Promise<boolean | null> {
  const decode = async (inputs: readonly string[], name: string) => {
    const source: PictureSource = { inputs, graph: "[0:v]null[v]" };
    const file = `${name}.small`;
    const args = smallPictureArguments({ source, span, most, file, threads: 1 });
    const { passed } = await runProof(ffmpegPath, args, means);
    if (!passed) return [];
    return smallPicturesIn(await readMadeBytes(join(means.room.directory, file), most * smallPicture.bytes));
  };
  const shown = await decode(["-i", `file:${made}`], made);
  const wanted = await decode(given, `${made}.given`);
  if (shown.length === 0 || wanted.length === 0) return null;
  const least: Likeness = Math.min(...shown.map((picture) => likenessWithin(picture, wanted)));
  return least >= leastLikeness;
}
