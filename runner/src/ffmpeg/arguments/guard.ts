import { limits } from "@reelway/shared/limits";

/**
 * Containers that hold their own media. Left out on purpose: everything that names other files or addresses (hls, dash,
 * concat, image2, imf, sdp, rtsp), and what is drawn from text (lavfi, tty, svg).
 */
const mediaFormats = "mov,matroska,mpegts,avi,flv,ogg,wav,w64,mp3,flac,aac,asf,mpeg,aiff,caf,mxf,gif,ac3,eac3,amr,dv";

/** The most that one allocation may take, bytes. */
const ALLOCATION_BYTES = 512 * 1024 * 1024;

/** Stands before every `-i`, for ffmpeg and ffprobe alike: no network, no other files, bounded allocations and sizes. */
function guardedBy(formats: string): string[] {
  return [
    ...["-protocol_whitelist", "file"],
    ...["-format_whitelist", formats],
    ...["-max_alloc", String(ALLOCATION_BYTES)],
    ...["-max_streams", String(limits.inputStreams)],
    ...["-max_pixels", String(limits.inputPixels)],
    ...["-probesize", "20M"],
    ...["-analyzeduration", "20M"],
    ...["-max_probe_packets", "5000"],
  ];
}

export interface MediaInput {
  /** An absolute path that we chose. */
  readonly path: string;
  /** The format that the first probe found, so that no later opening finds another. */
  readonly format?: string;
  readonly threads: number;
  /** Input options of this opening, such as a seek. */
  readonly before?: readonly string[];
}

/** Opens a user's media file. */
export function mediaInput({ path, format, threads, before = [] }: MediaInput): string[] {
  const forced = format === undefined ? [] : ["-f", format];
  return [...guardedBy(mediaFormats), ...forced, "-threads", String(threads), ...before, "-i", `file:${path}`];
}

/** The name to force from ffprobe's list of names: `mov,mp4,m4a` → `mov`. */
export function forcedFormat(container: string): string {
  return container.split(",")[0] ?? container;
}

export type ImageFormat = "png" | "jpeg" | "webp";

/** Opens a user's picture by the format that its first bytes showed. */
export function imageInput(path: string, format: ImageFormat): string[] {
  const demuxer = `${format}_pipe`;
  return [...guardedBy(demuxer), "-f", demuxer, "-i", `file:${path}`];
}

/** Opens subtitle text. */
export function subtitleInput(path: string, format: "srt" | "webvtt", before: readonly string[] = []): string[] {
  return [...guardedBy(format), "-f", format, ...before, "-i", `file:${path}`];
}
