import { join } from "node:path";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { EngineProbe } from "../../engine/probe-document.ts";
import { readMeasure } from "../../ffmpeg/arguments/loudness.ts";
import { audioEncoders } from "../../ffmpeg/arguments/sound.ts";
import { measureArguments, type StreamSound, streamSoundArguments } from "../../ffmpeg/arguments/stream-sound.ts";
import { createEstimator } from "../../ffmpeg/progress.ts";
import { runFfmpeg } from "../../ffmpeg/run.ts";
import type { KindContext, KindResult } from "../kind.ts";
import { engineScopeOf, scopeOf } from "../scope.ts";
import { checkSound } from "./check-sound.ts";
import { bordersAt, initFiles, packageReported, segmentFiles } from "./package.ts";
import { readPlan } from "./read-plan.ts";
import { renamedTo } from "./renamed-renditions.ts";
import { runOverMade } from "./run-over-made.ts";
import { soundBorders } from "./sound-borders.ts";
import { encodedSoundBytes, soundBytes } from "./sound-size.ts";
import { bringSound, type SoundSource, streamOf } from "./sound-source.ts";
import { writingMs } from "./writing-time.ts";

/** All sound of a stream in one piece: a border between two encodes would be heard. */
export async function encodeAudio(context: KindContext): Promise<KindResult> {
  const plan = await readPlan(context);
  const encodedBytes = encodedSoundBytes(plan);
  const sourceBytes = context.remote("source").bytes;
  await context.claimSpace(encodedBytes + Math.min(sourceBytes, soundBytes(plan) ?? sourceBytes));
  const source = await bringSound(context, plan);
  // Once more: the whole source may be on disk by now.
  await context.claimSpace(encodedBytes);
  const encoded = await encodeTracks(context, plan, source);
  const directory = join(context.outputDirectory, "segments");
  const packaged = await packageTracks(context, plan, encoded, { directory, encodedBytes });
  const report = inTheirLanguage(packaged, plan);
  checkSound(report, plan);
  const [first] = plan.audio;
  return {
    files: [...initFiles(report, directory), ...segmentFiles(report, directory)],
    source: null,
    encoder: first === undefined ? null : audioEncoders[first.codec],
    report,
  };
}

/** A planned track as it was encoded. */
interface EncodedTrack {
  readonly id: string;
  readonly file: string;
  /** Seconds; null for a track of the source that holds no samples. */
  readonly end: number | null;
}

/** One file for each planned track, in order. */
async function encodeTracks(context: KindContext, plan: StreamPlan, source: SoundSource): Promise<EncodedTrack[]> {
  const scope = scopeOf(context);
  const passes = plan.audio.flatMap(({ loudness }) => (loudness ? [0.5, 1] : [1]));
  const estimate = createEstimator(plan.durationSeconds, passes);
  let pass = 0;
  const run = async (args: readonly string[], message: string) => {
    const current = pass++;
    return runFfmpeg(scope, args, (progress) => context.report({ ...estimate(current, progress), message }));
  };
  const encoded: EncodedTrack[] = [];
  for (const planned of plan.audio) {
    const { path, format, origin } = source;
    const sound: StreamSound = {
      ...{ planned, path, format, origin, threads: context.threads },
      stream: streamOf(source, planned.track),
      sampleRate: plan.source.audio[planned.track]?.sampleRate ?? 0,
    };
    const measure = planned.loudness
      ? readMeasure((await run(measureArguments(sound), "measuring loudness")).logTail)
      : null;
    const file = `${planned.id}.mp4`;
    await run(streamSoundArguments(sound, file, measure), "encoding sound");
    encoded.push({ id: planned.id, file, end: await endOf(context, file) });
  }
  return encoded;
}

/** MP4 knows languages of three letters only: of others playlists are told by the report. */
function inTheirLanguage(report: PackageReport, { audio }: StreamPlan): PackageReport {
  const renditions = report.renditions.map((rendition) => {
    const planned = audio.find(({ id }) => id === rendition.id)?.language ?? "";
    const [, language] = /^([a-z]{2,3})(-|$)/i.exec(planned) ?? [];
    return language === undefined || rendition.language !== "und"
      ? rendition
      : { ...rendition, language: language.toLowerCase() };
  });
  return { ...report, renditions };
}

/**
 * Packaged as a whole title: priming stays hidden by an edit list, and the sound keeps its place to the sample. Tracks that
 * hold no samples are left out, and named.
 */
async function packageTracks(
  context: KindContext,
  plan: StreamPlan,
  encoded: readonly EncodedTrack[],
  { directory, encodedBytes }: { directory: string; encodedBytes: number },
): Promise<PackageReport> {
  const tracks = encoded.filter(({ end }) => end !== null);
  const empty = encoded.filter(({ end }) => end === null).map(({ id }) => id);
  if (tracks.length === 0) return { version: reportVersion, renditions: [], empty };
  const { ticks, timescale } = soundBorders(plan, Math.max(...tracks.map(({ end }) => end ?? 0)));
  const cutAt = ticks.length > 0 ? bordersAt(ticks, timescale) : [];
  const report = await packageReported(
    engineScopeOf(context),
    // Behind the last border comes no further one: a segment of this length holds all that is left.
    [...cutAt, "--segment-duration", String(longestRest), "-o", directory, ...tracks.map(({ file }) => file)],
    writingMs(context, encodedBytes),
  );
  if (empty.length === 0) return report;
  const ids = tracks.map(({ id }) => id);
  return { ...(await renamedTo(ids, report, directory)), empty };
}

/** What the engine calls a report of these fields. */
const reportVersion = 2;

/** The engine's longest segment, seconds. */
const longestRest = 60;

async function endOf(context: KindContext, file: string): Promise<number | null> {
  const document = await runOverMade(engineScopeOf(context), ["probe", "--brief", file], context.stallMs);
  const [track] = EngineProbe.parse(document).tracks;
  return track === undefined ? null : track.shownFromSeconds + track.shownSeconds;
}
