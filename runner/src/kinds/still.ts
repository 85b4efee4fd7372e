import { stat } from "node:fs/promises";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Size } from "../ffmpeg/arguments/geometry.ts";
import { type StillFormat, type StillSource, stillArguments } from "../ffmpeg/arguments/stills.ts";
import { type RunScope, runFfmpeg } from "../ffmpeg/run.ts";

export interface StillWish {
  readonly size: Size;
  readonly format: StillFormat;
  readonly output: string;
}

/** Writes the picture at a time; past the last frame, the first one. Throws output_empty where nothing decodes. */
export async function takeStill(scope: RunScope, source: StillSource, wish: StillWish & { atSeconds: number }) {
  await takeFirstOf(scope, source, wish, [
    { atSeconds: wish.atSeconds, skipBlack: false },
    { atSeconds: 0, skipBlack: false },
  ]);
}

/** Writes a picture that stands for the whole: near a tenth of the way, and not black if anything there is not. */
export async function takePoster(
  scope: RunScope,
  source: StillSource,
  wish: StillWish & { durationSeconds: number | null },
) {
  const tenth = (wish.durationSeconds ?? 0) / 10;
  await takeFirstOf(scope, source, wish, [
    { atSeconds: tenth, skipBlack: true },
    { atSeconds: tenth, skipBlack: false },
    { atSeconds: 0, skipBlack: false },
  ]);
}

async function takeFirstOf(
  scope: RunScope,
  source: StillSource,
  wish: StillWish,
  attempts: readonly { atSeconds: number; skipBlack: boolean }[],
): Promise<void> {
  for (const attempt of attempts) {
    await runFfmpeg(scope, stillArguments(source, { ...wish, ...attempt }, scope.tools));
    if (await hasBytes(wish.output)) return;
  }
  throw new ReelwayError("output_empty", "no picture of the source could be decoded");
}

/** ffmpeg writes no file at all when no frame passed. */
export async function hasBytes(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > 0;
  } catch {
    return false;
  }
}
