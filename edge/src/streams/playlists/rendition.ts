import { longestOf, type MeasuredRates, measuredRates, type Span } from "./bit-rates.ts";
import type { ListedRendition, ListedText } from "./listed-report.ts";

/** A track with segments: pictures, sound or text. */
type Track = ListedRendition | ListedText;

export function isVideo({ kind }: ListedRendition): boolean {
  return "video" in kind;
}

/** Channels; 0 of pictures. */
export function channelsOf({ kind }: ListedRendition): number {
  return "audio" in kind ? kind.audio.channels : 0;
}

/** Dynamic range in the words of HLS, by the transfer characteristics of ITU-T H.273. */
export function videoRangeOf({ kind }: ListedRendition): "SDR" | "PQ" | "HLG" {
  const transfer = "video" in kind ? kind.video.colour?.transfer : undefined;
  if (transfer === 16) return "PQ";
  return transfer === 18 ? "HLG" : "SDR";
}

/** All segments can be decoded on their own. */
export function isIndependent({ segments }: ListedRendition): boolean {
  return segments.every(({ closed }) => closed);
}

export function secondsOf({ timescale }: Track, ticks: number): number {
  return ticks / timescale;
}

/** When its last segment ends, in seconds. */
export function endSecondsOf(track: Track): number {
  const last = track.segments.at(-1);
  return last ? secondsOf(track, last.start + last.duration) : 0;
}

export function spansOf(track: Track): Span[] {
  return track.segments.map(({ duration, bytes }) => [secondsOf(track, duration), bytes]);
}

/** Measured against its own target duration. */
export function ratesOf(track: Track): MeasuredRates {
  const spans = spansOf(track);
  return measuredRates(spans, Math.ceil(longestOf(spans)));
}

/** Samples a second, on average. */
export function sampleRateOf({ segments, timescale }: ListedRendition): number {
  const ticks = segments.reduce((sum, { sampleTicks }) => sum + sampleTicks, 0);
  const samples = segments.reduce((sum, segment) => sum + segment.samples, 0);
  return ticks === 0 ? 0 : (samples * timescale) / ticks;
}

/** One key frame that can be had alone: in which segment, where in its file, and how long until the next one. */
export interface IFrame {
  readonly segment: number;
  readonly offset: number;
  readonly bytes: number;
  readonly seconds: number;
}

export function iFramesOf(rendition: ListedRendition): IFrame[] {
  const frames = rendition.segments.flatMap((segment) => segment.keyFrames.map((key) => ({ segment, key })));
  const last = rendition.segments.at(-1);
  const end = last ? last.start + last.duration : 0;
  return frames.map(({ segment, key }, index) => ({
    segment: segment.number,
    offset: segment.offset + key.offset,
    bytes: key.bytes,
    seconds: secondsOf(rendition, (frames[index + 1]?.key.time ?? end) - key.time),
  }));
}
