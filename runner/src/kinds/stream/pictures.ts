import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Size } from "../../ffmpeg/arguments/geometry.ts";
import {
  keyFrameArguments,
  keyFrameStillArguments,
  type SpriteLayout,
  type StillSource,
  tileArguments,
} from "../../ffmpeg/arguments/stills.ts";
import { runFfmpeg } from "../../ffmpeg/run.ts";
import type { KindContext } from "../kind.ts";
import { scopeOf } from "../scope.ts";
import { hasBytes, takePoster } from "../still.ts";
import { tileFile, tilePattern } from "./board.ts";
import type { KeyFrame } from "./key-frames.ts";

/** How the pictures of a title come about: its tiles below the output directory, and one that stands for the whole. */
export interface Pictures {
  /** Writes the tiles, and returns how many there are. */
  readonly makeTiles: (board: SpriteLayout) => Promise<number>;
  readonly makePoster: (size: Size, output: string) => Promise<void>;
}

/** Out of the source's key frames, taken at the tiles' times. */
export function picturesOfKeyFrames(
  context: KindContext,
  frames: readonly KeyFrame[],
  { stream, threads }: Pick<StillSource, "stream" | "threads">,
  durationSeconds: number,
): Pictures {
  const { tools, outputDirectory, workDirectory } = context;
  const sourceOf = (path: string): StillSource => ({ path, format: "mov", threads, stream });
  const scope = scopeOf(context);
  return {
    makeTiles: async (board) => {
      const paths = [...new Set(frames.map(({ path }) => path))];
      const prefixOf = ({ path, stream: index }: KeyFrame) => `keys-${paths.indexOf(path)}-${index}-`;
      for (const path of paths) {
        const own = frames.filter((frame) => frame.path === path);
        const streams = [...new Map(own.map((frame) => [frame.stream, prefixOf(frame)]))];
        const patterns = streams.map(([index, prefix]) => ({ index, pattern: `${prefix}%04d.jpg` }));
        await runFfmpeg(scope, keyFrameArguments(sourceOf(path), patterns, board.tile, tools));
      }
      for (const frame of frames) {
        const made = join(workDirectory, `${prefixOf(frame)}${String(frame.place + 1).padStart(4, "0")}.jpg`);
        for (const place of frame.at) await copyFile(made, join(outputDirectory, tileFile(place)));
      }
      return board.tiles;
    },
    makePoster: async (size, output) => {
      for (const { frame, skipBlack } of posterTries(frames, durationSeconds)) {
        const still = { index: frame.stream, from: frame.place, size, skipBlack, output };
        await runFfmpeg(scope, keyFrameStillArguments(sourceOf(frame.path), still, tools));
        if (await hasBytes(output)) return;
      }
      throw new ReelwayError("output_empty", "no picture of the source could be decoded");
    },
  };
}

/** How many streams are looked through for a picture that is not black. */
const streamsMax = 10;

/** From a tenth of the title on, stream by stream; then from its start; then whatever comes. */
function posterTries(frames: readonly KeyFrame[], durationSeconds: number): { frame: KeyFrame; skipBlack: boolean }[] {
  const from = Math.max(
    0,
    frames.findIndex(({ seconds }) => seconds >= durationSeconds / 10),
  );
  const later = frames.slice(from).filter((frame, index, all) => {
    const before = all[index - 1];
    return before === undefined || before.path !== frame.path || before.stream !== frame.stream;
  });
  const [tenth, first] = [frames[from], frames[0]];
  return [
    ...later.slice(0, streamsMax).map((frame) => ({ frame, skipBlack: true })),
    ...(first === undefined ? [] : [{ frame: first, skipBlack: true }]),
    ...(tenth === undefined ? [] : [{ frame: tenth, skipBlack: false }]),
  ];
}

/** Out of a source that is on disk as a whole. */
export function picturesOfSource(context: KindContext, source: StillSource, durationSeconds: number): Pictures {
  const scope = scopeOf(context);
  return {
    makeTiles: async (board) => {
      const pattern = join(context.outputDirectory, tilePattern);
      await runFfmpeg(scope, tileArguments(source, { ...board, pattern }, context.tools));
      return (await readdir(join(context.outputDirectory, "tiles"))).length;
    },
    makePoster: (size, output) => takePoster(scope, source, { size, output, format: "jpeg", durationSeconds }),
  };
}
