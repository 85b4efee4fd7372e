import { join } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { z } from "zod";
import { runForDocument } from "../../engine/run-engine.ts";
import type { KindContext } from "../kind.ts";
import { engineScopeOf } from "../scope.ts";
import { isOfTheMedia } from "./of-the-media.ts";
import { readingMs, readRemote } from "./read-remote.ts";

/** A key frame of the source, on disk. */
export interface KeyFrame {
  /** The file that it lies in, its video stream there, and its place in that stream, from 0. */
  readonly path: string;
  readonly stream: number;
  readonly place: number;
  readonly seconds: number;
  /** Which of the times it stands for, counted from 0. */
  readonly at: readonly number[];
}

/** A picture is not larger on an average, bytes. */
export const keyFrameBytes = 4 * 1024 * 1024;

const Extracted = z.object({
  keyFrames: z.array(
    z.object({ seconds: z.number(), at: z.array(z.int().min(0)).min(1), stream: z.int().min(0).default(0) }),
  ),
});

/**
 * Brings the key frames at or before these times to disk, and reads nothing else of the source. Where each needs a stream
 * of its own a file has room for half of them. Null where the source can't be taken apart.
 */
export async function bringKeyFrames(
  context: KindContext,
  times: readonly number[],
  track: number | null,
): Promise<KeyFrame[] | null> {
  for (const perFile of [times.length, 50]) {
    try {
      const files = Math.ceil(times.length / perFile);
      const all: KeyFrame[] = [];
      for (let file = 0; file < files; file++)
        all.push(...(await extract(context, { times, first: file * perFile, count: perFile, track, file })));
      return all;
    } catch (error) {
      if (!isOfTheMedia(error)) throw error;
      context.log.debug({ reason: error.detail }, "key frames can't be taken out of the source so");
    }
  }
  return null;
}

interface Part {
  readonly times: readonly number[];
  readonly first: number;
  readonly count: number;
  readonly track: number | null;
  readonly file: number;
}

async function extract(context: KindContext, { times, first, count, track, file }: Part): Promise<KeyFrame[]> {
  const path = join(context.workDirectory, `keys-${file}.mp4`);
  const wanted = times.slice(first, first + count).map((seconds) => seconds.toFixed(3));
  const limitMs = readingMs(context, Math.min(context.remote("source").bytes, wanted.length * keyFrameBytes));
  const document = await readRemote(context, "source", (said) =>
    runForDocument(
      engineScopeOf(context),
      [
        ...(["extract", "--key-frames", "--at", wanted.join(",")] as const),
        ...(track === null ? [] : ["--track", String(track)]),
        ...["-o", path],
      ],
      limitMs,
      said,
    ),
  );
  const parsed = Extracted.safeParse(document);
  if (!parsed.success)
    throw new ReelwayError("runner_error", "reelway-media extract gave another document than agreed");
  const seen = new Map<number, number>();
  return parsed.data.keyFrames.map(({ seconds, at, stream }) => {
    const place = seen.get(stream) ?? 0;
    seen.set(stream, place + 1);
    return { path, stream, place, seconds, at: at.map((time) => time + first) };
  });
}
