import { join } from "node:path";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { z } from "zod";
import { runForDocument } from "../../engine/run-engine.ts";
import { forcedFormat } from "../../ffmpeg/arguments/guard.ts";
import type { KindContext } from "../kind.ts";
import { engineScopeOf } from "../scope.ts";
import { isOfTheMedia } from "./of-the-media.ts";
import { readingMs, readRemote } from "./read-remote.ts";
import { soundBytes } from "./sound-size.ts";
import { titleOrigin } from "./title-origin.ts";

/** A file on disk with the sound of the source. */
export interface SoundSource {
  readonly path: string;
  readonly format: string;
  /** Where the title's time 0 lies on its clock, seconds. */
  readonly origin: number;
  /** The place of each of the source's audio tracks among the file's streams. */
  readonly streams: readonly number[];
}

const Extracted = z.object({ tracks: z.array(z.object({ id: z.int() })) });

/** Brings the sound alone to disk; of what can't be taken apart, the whole source. */
export async function bringSound(context: KindContext, plan: StreamPlan): Promise<SoundSource> {
  return (await extractSound(context, plan)) ?? (await downloadSource(context, plan));
}

async function extractSound(context: KindContext, plan: StreamPlan): Promise<SoundSource | null> {
  const path = join(context.workDirectory, "sound.mp4");
  const limitMs = readingMs(context, Math.min(context.remote("source").bytes, soundBytes(plan) ?? Infinity));
  try {
    const document = await readRemote(context, "source", (said) =>
      runForDocument(engineScopeOf(context), ["extract", "--audio", "-o", path], limitMs, said),
    );
    const { tracks } = Extracted.parse(document);
    // Empty tracks are left out, and nothing says which: then they can't be told by their number.
    if (tracks.length !== plan.source.audio.length) return null;
    return { path, format: "mov", origin: 0, streams: tracks.map((_, place) => place) };
  } catch (error) {
    if (!isOfTheMedia(error)) throw error;
    context.log.debug({ reason: error.detail }, "the sound can't be taken out of the source: all of it is fetched");
    return null;
  }
}

async function downloadSource(context: KindContext, { source }: StreamPlan): Promise<SoundSource> {
  const path = await context.download("source");
  return {
    path,
    format: forcedFormat(source.container),
    origin: titleOrigin(source),
    streams: source.audio.map(({ index }) => index),
  };
}

/** The stream of a planned track. Throws runner_error where the source has none such. */
export function streamOf({ streams }: SoundSource, track: number): number {
  const stream = streams[track];
  if (stream === undefined)
    throw new ReelwayError("runner_error", `the plan names track ${track} of ${streams.length}`);
  return stream;
}
