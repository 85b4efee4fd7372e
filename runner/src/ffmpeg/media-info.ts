import type { AudioStream, MediaInfo, SubtitleStream, VideoStream } from "@reelway/shared/contracts/media-info";
import { withoutControls } from "@reelway/shared/contracts/text";
import { limits } from "@reelway/shared/limits";
import type { ProbeDocument, ProbedStream } from "./probe-document.ts";

const TAG_LENGTH = 500;
const TAG_COUNT = 50;
const textSubtitles = new Set(["subrip", "srt", "webvtt", "mov_text", "ass", "ssa", "text"]);

/** Turns ffprobe's document into our own description of a file. Pure. */
export function toMediaInfo(document: ProbeDocument, bytes: number): MediaInfo {
  const { format, streams } = document;
  const video = streams.filter((stream) => stream.codec_type === "video" && (stream.width ?? 0) > 0);
  const audio = streams.filter((stream) => stream.codec_type === "audio");
  const subtitles = streams.filter((stream) => stream.codec_type === "subtitle");
  return {
    container: format?.format_name ?? "unknown",
    bytes,
    durationSeconds: positive(format?.duration),
    startSeconds: decimal(format?.start_time),
    bitrateKbps: kilobits(format?.bit_rate),
    video: video.map(toVideoStream),
    audio: audio.map(toAudioStream),
    subtitles: subtitles.map(toSubtitleStream),
    otherStreams: streams.length - video.length - audio.length - subtitles.length,
    chapters: document.chapters.length,
    tags: cleanTags(format?.tags ?? {}),
  };
}

function toVideoStream(stream: ProbedStream): VideoStream {
  const rotation = clockwiseRotation(stream);
  const [width, height] = displaySize(stream, rotation);
  return {
    index: stream.index,
    codec: stream.codec_name ?? "unknown",
    profile: profileOf(stream),
    width,
    height,
    codedWidth: stream.width ?? 0,
    codedHeight: stream.height ?? 0,
    rotation,
    sampleAspectRatio: known(stream.sample_aspect_ratio),
    pixelFormat: known(stream.pix_fmt),
    bitDepth: bitDepthOf(stream),
    fps: rate(stream.avg_frame_rate) ?? rate(stream.r_frame_rate),
    variableFrameRate: isVariable(stream),
    interlaced: /^[tb][tb]$/.test(stream.field_order ?? ""),
    frames: wholeNumber(stream.nb_frames),
    durationSeconds: positive(stream.duration) ?? taggedDuration(stream.tags),
    bitrateKbps: kilobits(stream.bit_rate),
    color: {
      primaries: known(stream.color_primaries),
      transfer: known(stream.color_transfer),
      matrix: known(stream.color_space),
      range: known(stream.color_range),
    },
    hdr: hdrKind(stream),
    attachedPicture: stream.disposition?.attached_pic === 1,
  };
}

function toAudioStream(stream: ProbedStream): AudioStream {
  return {
    index: stream.index,
    codec: stream.codec_name ?? "unknown",
    profile: profileOf(stream),
    channels: stream.channels ?? 0,
    channelLayout: known(stream.channel_layout),
    sampleRate: wholeNumber(stream.sample_rate) ?? 0,
    durationSeconds: positive(stream.duration) ?? taggedDuration(stream.tags),
    bitrateKbps: kilobits(stream.bit_rate),
    language: languageOf(stream),
    isDefault: stream.disposition?.default === 1,
  };
}

function toSubtitleStream(stream: ProbedStream): SubtitleStream {
  const codec = stream.codec_name ?? "unknown";
  return { index: stream.index, codec, text: textSubtitles.has(codec), language: languageOf(stream) };
}

/** ffprobe counts the display matrix's turn counter-clockwise; ours is clockwise, to the nearest quarter. */
function clockwiseRotation(stream: ProbedStream): VideoStream["rotation"] {
  const degrees = stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  const quarters = ((Math.round(-degrees / 90) % 4) + 4) % 4;
  return ([0, 90, 180, 270] as const)[quarters] ?? 0;
}

/** What a player shows: pixels made square, then turned. */
function displaySize(stream: ProbedStream, rotation: VideoStream["rotation"]): [number, number] {
  const aspect = ratio(stream.sample_aspect_ratio) ?? 1;
  const width = Math.max(1, Math.round((stream.width ?? 0) * aspect));
  const height = stream.height ?? 0;
  return rotation === 90 || rotation === 270 ? [height, width] : [width, height];
}

/** The lowest rate that holds every timestamp against the average: they part when frames differ in length. */
function isVariable(stream: ProbedStream): boolean {
  const average = rate(stream.avg_frame_rate);
  const base = rate(stream.r_frame_rate);
  if (average === null || base === null) return average === null;
  const fieldRate = Math.abs(base - 2 * average) / average < 0.01;
  return !fieldRate && Math.abs(base - average) / average > 0.01;
}

function hdrKind(stream: ProbedStream): VideoStream["hdr"] {
  if (stream.side_data_list?.some((data) => data.side_data_type?.startsWith("DOVI"))) return "dolby-vision";
  if (stream.color_transfer === "smpte2084") return "hdr10";
  if (stream.color_transfer === "arib-std-b67") return "hlg";
  return null;
}

function bitDepthOf(stream: ProbedStream): number | null {
  const format = stream.pix_fmt;
  if (format === undefined) return wholeNumber(stream.bits_per_raw_sample);
  const depth = /(?:p|gray|p0|gbrp|x2rgb)(9|10|12|14|16)(?:le|be)?$/.exec(format)?.[1];
  return depth === undefined ? 8 : Number(depth);
}

function profileOf(stream: ProbedStream): string | null {
  return stream.profile === undefined ? null : known(String(stream.profile));
}

function languageOf(stream: ProbedStream): string | null {
  const language = stream.tags?.language;
  return language !== undefined && /^[a-z]{2,3}$/.test(language) && language !== "und" ? language : null;
}

/** Matroska keeps a track's length in a tag: `00:00:05.005000000`. */
function taggedDuration(tags: Readonly<Record<string, string>> | undefined): number | null {
  const match = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(tags?.DURATION ?? "");
  return match ? Number(match[1]) * 3_600 + Number(match[2]) * 60 + Number(match[3]) || null : null;
}

/** Bounded in number and length, without control characters. */
export function cleanTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  const clean = Object.entries(tags)
    .slice(0, TAG_COUNT)
    .map(([key, value]) => [
      withoutControls(key).slice(0, limits.tagLength),
      withoutControls(value).slice(0, TAG_LENGTH),
    ]);
  return Object.fromEntries(clean);
}

function known(text: string | undefined): string | null {
  return text === undefined || text === "" || text === "unknown" || text === "N/A" || text === "0:1"
    ? null
    : withoutControls(text).slice(0, 100);
}

function decimal(text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function positive(text: string | undefined): number | null {
  const value = decimal(text);
  return value !== null && value > 0 ? value : null;
}

function wholeNumber(text: string | undefined): number | null {
  const value = decimal(text);
  return value === null ? null : Math.trunc(value);
}

function kilobits(text: string | undefined): number | null {
  const value = positive(text);
  return value === null ? null : Math.round(value / 1_000);
}

/** `30000/1001` → 29.97 */
function rate(text: string | undefined): number | null {
  return fraction(text?.split("/"));
}

/** `2:1` → 2 */
function ratio(text: string | undefined): number | null {
  return fraction(text?.split(":"));
}

function fraction(parts: readonly string[] | undefined): number | null {
  const [top, bottom] = (parts ?? []).map(Number);
  if (top === undefined || bottom === undefined || !(top > 0) || !(bottom > 0)) return null;
  return Number((top / bottom).toFixed(6));
}
