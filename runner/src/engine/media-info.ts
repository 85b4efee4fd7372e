import type { AudioStream, MediaInfo, SubtitleStream, VideoStream } from "@reelway/shared/contracts/media-info";
import { withoutControls } from "@reelway/shared/contracts/text";
import { cleanTags } from "../ffmpeg/media-info.ts";
import { matrices, primaries, transfers } from "./code-points.ts";
import type { EngineProbe, EngineTrack, EngineVideo } from "./probe-document.ts";

/** ffprobe's name of the format, which all of it goes by. */
const CONTAINER = "mov,mp4,m4a,3gp,3g2,mj2";
/** Frames of one length differ by this much where a clock of milliseconds has counted them. */
const ROUNDING_SECONDS = 0.001_001;
/** Below, AAC may carry a doubled rate that only its decoder finds. */
const SURE_AAC_RATE = 32_000;

/**
 * The engine's description of a file in our own words, as ffprobe's would be. Null where it leaves something open that
 * ffprobe tells: other codecs, covers, chapters, fields, tracks without samples, metadata of another kind. Pure.
 *
 * It differs where it is truer: pictures in fragments are counted, bit rates come from bytes and never from a claim, and
 * what a track is shown excludes the delay before it.
 */
export function toMediaInfo(probe: EngineProbe): MediaInfo | null {
  const { tracks } = probe;
  if (!probe.tagsComplete || probe.unreadableTracks.length > 0 || tracks.some(isOpen)) return null;
  const video = streams(tracks, "video", toVideoStream);
  const audio = streams(tracks, "audio", toAudioStream);
  const subtitles = streams(tracks, "text", toSubtitleStream);
  if (video === null || audio === null || subtitles === null) return null;
  const shown = tracks.filter(({ kind }) => kind === "video" || kind === "audio");
  if (shown.length === 0) return null;
  const startSeconds = Math.min(...shown.map((track) => track.shownFromSeconds));
  const end = Math.max(...shown.map((track) => track.shownFromSeconds + track.shownSeconds));
  const durationSeconds = micro(probe.headerSeconds > 0 ? probe.headerSeconds : end - startSeconds);
  return {
    container: CONTAINER,
    bytes: probe.bytes,
    durationSeconds: durationSeconds > 0 ? durationSeconds : null,
    startSeconds: micro(startSeconds),
    bitrateKbps: kilobits(probe.bytes, durationSeconds),
    video,
    audio,
    subtitles,
    otherStreams: tracks.length - video.length - audio.length - subtitles.length,
    chapters: 0,
    tags: cleanTags(tagsOf(probe)),
  };
}

/** What makes a track more than its header tells. */
function isOpen({ kind, encrypted, samples, languageIsIso, edits }: EngineTrack): boolean {
  const media = kind === "video" || kind === "audio";
  return (
    kind === "chapters" ||
    encrypted ||
    (media && samples === 0) ||
    (kind !== "other" && !languageIsIso) ||
    (edits?.furtherEdits ?? 0) > 0
  );
}

function streams<Stream>(
  tracks: readonly EngineTrack[],
  kind: EngineTrack["kind"],
  toStream: (track: EngineTrack, index: number) => Stream | null,
): Stream[] | null {
  const found = tracks.flatMap((track, index) => (track.kind === kind ? [toStream(track, index)] : []));
  const known = found.filter((stream) => stream !== null);
  return known.length === found.length ? known : null;
}

function toVideoStream(track: EngineTrack, index: number): VideoStream | null {
  const { video } = track;
  const { picture, rotation } = video ?? {};
  const profile = videoProfile(track);
  // Which of the two crops the other is a decoder's to say.
  if (picture?.width !== video?.width || picture?.height !== video?.height) return null;
  if (!video || !picture?.progressive || rotation === undefined || profile === null) return null;
  const pixelFormat = pixelFormatOf(track.codec, picture);
  const color = colorOf(video);
  if (pixelFormat === null || color === null || isStretched(video)) return null;
  const aspect = video.declaredPixelAspect ?? picture.pixelAspect ?? null;
  const shownWidth = Math.max(1, Math.round(picture.width * (aspect === null ? 1 : aspect[0] / aspect[1])));
  const turned = rotation === 90 || rotation === 270;
  return {
    index,
    codec: track.codec,
    profile,
    width: turned ? picture.height : shownWidth,
    height: turned ? shownWidth : picture.height,
    codedWidth: picture.width,
    codedHeight: picture.height,
    rotation,
    sampleAspectRatio: aspect === null ? null : aspect.join(":"),
    pixelFormat,
    bitDepth: picture.bitDepth,
    fps: video.frameRate > 0 ? micro(video.frameRate) : null,
    variableFrameRate: isVariable(video),
    interlaced: false,
    frames: track.samples,
    durationSeconds: micro(track.shownSeconds),
    bitrateKbps: kilobits(track.bytes, track.codedSeconds),
    color,
    hdr: hdrOf(video, color.transfer),
    attachedPicture: false,
  };
}

/** Pictures of different length, or a last one whose length alone moves the average. */
function isVariable({ frameRate, frameSeconds: [shortest, longest] }: EngineVideo): boolean {
  if (longest - shortest > ROUNDING_SECONDS || shortest <= 0) return true;
  return frameRate < 0.99 / longest || frameRate > 1.01 / shortest;
}

const avcProfiles: Readonly<Record<string, string>> = {
  "4d": "Main",
  "64": "High",
  "6e": "High 10",
  "7a": "High 4:2:2",
};
const hevcProfiles: Readonly<Record<string, string>> = { 1: "Main", 2: "Main 10" };

/** From the RFC 6381 string, which the engine reads off the configuration. */
function videoProfile({ codec, codecs }: EngineTrack): string | null {
  if (codec === "h264") {
    const [, profile, constraints] = /^avc1\.(..)(..)..$/.exec(codecs) ?? [];
    if (profile === "42") return Number.parseInt(constraints ?? "", 16) & 0x40 ? "Constrained Baseline" : "Baseline";
    return avcProfiles[profile ?? ""] ?? null;
  }
  if (codec === "hevc") return hevcProfiles[/^h[ev][cv]1\.(\d+)\./.exec(codecs)?.[1] ?? ""] ?? null;
  return codec === "av1" && codecs.startsWith("av01.0.") ? "Main" : null;
}

/** ffmpeg has formats of their own for the full range of eight bits, but not for AV1. */
function pixelFormatOf(codec: string, picture: NonNullable<EngineVideo["picture"]>): string | null {
  const { chroma, bitDepth, fullRange } = picture;
  if (chroma !== "4:2:0" && chroma !== "4:2:2") return null;
  const family = bitDepth === 8 && fullRange === true && codec !== "av1" ? "yuvj" : "yuv";
  return `${family}${chroma.replaceAll(":", "")}p${bitDepth === 8 ? "" : `${bitDepth}le`}`;
}

/** What the codec says goes before what the container says. Null for code points that are out of use. */
function colorOf({ picture, colour }: EngineVideo): VideoStream["color"] | null {
  const told = colour ? ([colour.primaries, colour.transfer, colour.matrix] as const) : undefined;
  const [first = 2, second = 2, third = 2] = picture?.colour ?? told ?? [];
  const names = [primaries[first], transfers[second], matrices[third]] as const;
  const [primary, transfer, matrix] = names;
  if (primary === undefined || transfer === undefined || matrix === undefined) return null;
  const fullRange = picture?.fullRange ?? colour?.fullRange;
  return { primaries: primary, transfer, matrix, range: fullRange === undefined ? null : fullRange ? "pc" : "tv" };
}

/** A track whose header asks for another shape than its pixels have, without a box that tells their aspect. */
function isStretched({ display, width, height, declaredPixelAspect }: EngineVideo): boolean {
  const [across, down] = display;
  if (declaredPixelAspect !== undefined || across <= 0 || down <= 0) return false;
  return Math.abs(across / down / (width / height) - 1) > 0.01;
}

function hdrOf({ supplementalCodecs }: EngineVideo, transfer: string | null): VideoStream["hdr"] {
  if (supplementalCodecs !== undefined) return "dolby-vision";
  if (transfer === "smpte2084") return "hdr10";
  return transfer === "arib-std-b67" ? "hlg" : null;
}

const layouts: Readonly<Record<number, string>> = { 1: "mono", 2: "stereo" };
const surround: Readonly<Record<string, string>> = { aac: "5.1", ac3: "5.1(side)", eac3: "5.1(side)" };
const audioCodecs: readonly string[] = ["aac", "mp3", "opus", "ac3", "eac3", "flac"];

function toAudioStream(track: EngineTrack, index: number): AudioStream | null {
  const { audio, codec, codecs } = track;
  if (!audio || !audioCodecs.includes(codec)) return null;
  if (codec === "aac" && (codecs !== "mp4a.40.2" || audio.sampleRate < SURE_AAC_RATE)) return null;
  const channelLayout = audio.channels === 6 ? surround[codec] : layouts[audio.channels];
  if (channelLayout === undefined) return null;
  return {
    index,
    codec,
    profile: codec === "aac" ? "LC" : null,
    channels: audio.channels,
    channelLayout,
    sampleRate: audio.sampleRate,
    durationSeconds: micro(track.shownSeconds),
    bitrateKbps: kilobits(track.bytes, track.codedSeconds),
    language: languageOf(track),
    isDefault: track.enabled,
  };
}

function toSubtitleStream(track: EngineTrack, index: number): SubtitleStream | null {
  if (track.format !== "tx3g") return null;
  return { index, codec: "mov_text", text: true, language: languageOf(track) };
}

function languageOf({ language }: EngineTrack): string | null {
  return language === "und" ? null : language;
}

/** The brands and the date, as ffmpeg lists them, before what people wrote. */
function tagsOf({ brand, minorVersion, compatibleBrands, createdAt, tags }: EngineProbe): Record<string, string> {
  return {
    ...(brand !== null && { major_brand: withoutControls(brand) }),
    ...(minorVersion !== undefined && { minor_version: String(minorVersion) }),
    ...(compatibleBrands !== undefined && { compatible_brands: compatibleBrands }),
    ...(createdAt !== undefined && { creation_time: dateOf(createdAt) }),
    ...tags,
  };
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace("Z", "000Z");
}

function kilobits(bytes: number, seconds: number): number | null {
  return bytes > 0 && seconds > 0 ? Math.round((bytes * 8) / seconds / 1_000) : null;
}

/** As fine as ffprobe tells times and rates. */
function micro(value: number): number {
  return Number(value.toFixed(6));
}
