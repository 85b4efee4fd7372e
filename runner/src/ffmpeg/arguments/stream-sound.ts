import type { PlannedAudio } from "@reelway/shared/contracts/stream-plan";
import { languageOfMp4 } from "@reelway/shared/streams/languages";
import { mediaInput } from "./guard.ts";
import { correctionFilters, type LoudnessMeasure, measuringFilter } from "./loudness.ts";
import { audioEncoders } from "./sound.ts";

/** One track of a stream's sound, on its way from the source to a file of its own. */
export interface StreamSound {
  readonly planned: PlannedAudio;
  readonly path: string;
  readonly format: string;
  /** The track's place among the file's streams. */
  readonly stream: number;
  /** The source's own rate, samples per second. */
  readonly sampleRate: number;
  /** Where the title's time 0 lies on the file's clock, seconds. */
  readonly origin: number;
  readonly threads: number;
}

/** EBU R128. */
const target = { integratedLufs: -23, truePeakDbtp: -1, rangeLu: 7 };

const layouts: ReadonlyMap<number, string> = new Map([
  [1, "mono"],
  [2, "stereo"],
  [6, "5.1"],
  [8, "7.1"],
]);

/** Rates that every player decodes; Opus has one. */
const commonRates: ReadonlySet<number> = new Set([32_000, 44_100, 48_000]);

function rateOf({ planned, sampleRate }: Pick<StreamSound, "planned" | "sampleRate">): number {
  return planned.codec === "aac" && commonRates.has(sampleRate) ? sampleRate : 48_000;
}

/** The measuring pass: the sound as it will be, to nowhere. */
export function measureArguments(sound: StreamSound): string[] {
  return [
    ...["-v", "info", ...inputOf(sound)],
    ...["-filter_complex", graph(sound, [measuringFilter(target)]), "-map", "[a]", "-f", "null", "-"],
  ];
}

/** Encodes a track to an MP4 whose edit list hides what the encoder put in front. */
export function streamSoundArguments(sound: StreamSound, output: string, measure: LoudnessMeasure | null): string[] {
  const { planned } = sound;
  const rate = String(rateOf(sound));
  const correction = measure === null ? [] : correctionFilters(target, measure);
  return [
    ...["-v", "error", "-y", ...inputOf(sound)],
    ...["-filter_complex", graph(sound, correction), "-map", "[a]"],
    ...["-c:a", audioEncoders[planned.codec], "-b:a", `${planned.bitrateKbps}k`, "-ar", rate],
    ...["-map_metadata", "-1", "-map_chapters", "-1", ...languageOf(planned)],
    // Edits are counted in the movie's ticks: of its usual milliseconds the end would be rounded.
    ...["-movie_timescale", rate, "-f", "mp4", `file:${output}`],
  ];
}

function inputOf({ path, format, threads }: StreamSound): string[] {
  return mediaInput({ path, format, threads, before: ["-copyts"] });
}

/** From the title's time 0 on: a late start and holes become silence, what lies before 0 goes. */
function graph(sound: StreamSound, more: readonly string[]): string {
  const { planned, stream, origin } = sound;
  const layout = layouts.get(planned.channels);
  if (layout === undefined) throw new TypeError(`no layout of ${planned.channels} channels`);
  const filters = [
    ...(origin === 0 ? [] : [`asetpts=PTS-${origin}/TB`]),
    `aformat=channel_layouts=${layout}`,
    `aresample=${rateOf(sound)}:async=1:first_pts=0`,
    ...more,
  ];
  return `[0:${stream}]${filters.join(",")}[a]`;
}

/** MP4 has the three letters of ISO 639-2 only. */
function languageOf({ language }: PlannedAudio): string[] {
  const code = language === null ? null : languageOfMp4(language);
  return code === null ? [] : ["-metadata:s:a:0", `language=${code}`];
}
