import { join } from "node:path";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { EngineProbe } from "../../engine/probe-document.ts";
import { runForDocument } from "../../engine/run-engine.ts";
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
import { soundBorders } from "./sound-borders.ts";
import { encodedSoundBytes, soundBytes } from "./sound-size.ts";
import { bringSound, type SoundSource, streamOf } from "./sound-source.ts";

/** All sound of a stream in one piece: a border between two encodes would be heard. */
export async function encodeAudio(context: KindContext): Promise<KindResult> {
  const plan = await readPlan(context);
  const encodedBytes = encodedSoundBytes(plan);
  const sourceBytes = context.remote("source").bytes;
  await context.claimSpace(encodedBytes + Math.min(sourceBytes, soundBytes(plan) ?? sourceBytes));
  const source = await bringSound(context, plan);
  // Once more: the whole source may be on disk by now.
  await context.claimSpace(encodedBytes);
  const files = await encodeTracks(context, plan, source);
  const directory = join(context.outputDirectory, "segments");
  const report = inTheirLanguage(await packageTracks(context, plan, files, { directory, encodedBytes }), plan);
  checkSound(report, plan);
  const [first] = plan.audio;
  return {
    files: [...initFiles(report, directory), ...segmentFiles(report, directory)],
    source: null,
    encoder: first === undefined ? null : audioEncoders[first.codec],
    report,
  };
}

/** One file for each planned track, in order. */
async function encodeTracks(context: KindContext, plan: StreamPlan, source: SoundSource): Promise<string[]> {
  const scope = scopeOf(context);
  const passes = plan.audio.flatMap(({ loudness }) => (loudness ? [0.5, 1] : [1]));
  const estimate = createEstimator(plan.durationSeconds, passes);
  let pass = 0;
  const run = async (args: readonly string[], message: string) => {
    const current = pass++;
    return runFfmpeg(scope, args, (progress) => context.report({ ...estimate(current, progress), message }));
  };
  const files: string[] = [];
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
    files.push(file);
  }
  return files;
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

const slowDiskBytesPerMs = 20_000;

/** Packaged as a whole title: priming stays hidden by an edit list, and the sound keeps its place to the sample. */
async function packageTracks(
  context: KindContext,
  plan: StreamPlan,
  files: readonly string[],
  { directory, encodedBytes }: { directory: string; encodedBytes: number },
): Promise<PackageReport> {
  const ends = await Promise.all(files.map((file) => endOf(context, file)));
  const { ticks, timescale } = soundBorders(plan, Math.max(...ends));
  const cutAt = ticks.length > 0 ? bordersAt(ticks, timescale) : [];
  return packageReported(
    engineScopeOf(context),
    // Behind the last border comes no further one: a segment of this length holds all that is left.
    [...cutAt, "--segment-duration", String(longestRest), "-o", directory, ...files],
    context.stallMs + encodedBytes / slowDiskBytesPerMs,
  );
}

/** The engine's longest segment, seconds. */
const longestRest = 60;

async function endOf(context: KindContext, file: string): Promise<number> {
  const document = await runForDocument(engineScopeOf(context), ["probe", "--brief", file], context.stallMs);
  const [track] = EngineProbe.parse(document).tracks;
  return track === undefined ? 0 : track.shownFromSeconds + track.shownSeconds;
}
