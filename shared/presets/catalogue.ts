import type { z } from "zod";
import type { Preset } from "../contracts/preset.ts";
import { StreamSpec, type StreamVideo } from "../contracts/stream-spec.ts";

const stream = (video: z.input<typeof StreamVideo>) => StreamSpec.parse({ kind: "stream", video });

/** The job specs that ship with Reelway. A change to a spec is a new version of its preset. */
export const presets: readonly Preset[] = [
  {
    name: "mp4-h264",
    version: 1,
    title: "MP4, H.264 + AAC",
    description: "Plays everywhere: browsers, phones, televisions.",
    spec: { kind: "transcode", container: "mp4", video: { codec: "h264" }, audio: { codec: "aac" } },
  },
  {
    name: "mp4-h265",
    version: 1,
    title: "MP4, H.265 + AAC",
    description: "About a third smaller than H.264, keeps HDR; for Apple devices and televisions.",
    spec: { kind: "transcode", container: "mp4", video: { codec: "h265" }, audio: { codec: "aac" } },
  },
  {
    name: "mp4-av1",
    version: 1,
    title: "MP4, AV1 + AAC",
    description: "About half of H.264's size, keeps HDR; for current browsers and devices.",
    spec: { kind: "transcode", container: "mp4", video: { codec: "av1" }, audio: { codec: "aac" } },
  },
  {
    name: "hls-1080p",
    version: 1,
    title: "HLS and DASH, H.264, up to 1080p",
    description: "Adaptive streaming for every player: a ladder of sizes, made by many runners at once.",
    spec: stream({ codec: "h264", shortSideMax: 1_080 }),
  },
  {
    name: "hls-4k",
    version: 1,
    title: "HLS and DASH, H.265, up to 4K",
    description: "Adaptive streaming with HDR kept, for televisions, Apple devices and current browsers.",
    spec: stream({ codec: "h265", shortSideMax: 2_160 }),
  },
  {
    name: "stream-av1",
    version: 1,
    title: "HLS and DASH, AV1, up to 4K",
    description: "Adaptive streaming at about half of H.264's size, for current browsers and devices.",
    spec: stream({ codec: "av1", shortSideMax: 2_160 }),
  },
  {
    name: "webm-vp9",
    version: 1,
    title: "WebM, VP9 + Opus",
    description: "Open formats for browsers.",
    spec: { kind: "transcode", container: "webm", video: { codec: "vp9" }, audio: { codec: "opus" } },
  },
  {
    name: "mov-prores",
    version: 1,
    title: "QuickTime, ProRes 422 + PCM",
    description: "Large files for editing.",
    spec: { kind: "transcode", container: "mov", video: { codec: "prores", quality: 75 }, audio: { codec: "pcm" } },
  },
  {
    name: "mkv-copy",
    version: 1,
    title: "Matroska, as it is",
    description: "Every track copied into another container: no loss, takes seconds.",
    spec: { kind: "transcode", container: "mkv", video: { codec: "copy" }, audio: { codec: "copy" } },
  },
  {
    name: "gif",
    version: 1,
    title: "Animated GIF",
    description: "Up to 480 pixels wide, 12 frames per second, with a palette of its own.",
    spec: { kind: "transcode", container: "gif", video: { codec: "gif", width: 480, fps: 12 } },
  },
  {
    name: "mp3",
    version: 1,
    title: "MP3 sound",
    description: "The sound alone, 192 kbit/s.",
    spec: { kind: "transcode", container: "mp3", audio: { codec: "mp3", bitrateKbps: 192 } },
  },
  {
    name: "m4a",
    version: 1,
    title: "AAC sound",
    description: "The sound alone, for players that know AAC.",
    spec: { kind: "transcode", container: "m4a", audio: { codec: "aac" } },
  },
  {
    name: "wav",
    version: 1,
    title: "WAV sound",
    description: "The sound alone, uncompressed, 16 bits.",
    spec: { kind: "transcode", container: "wav", audio: { codec: "pcm" } },
  },
];

const byName = new Map(presets.map((preset) => [preset.name, preset]));

/** By its name without a version; undefined where there is none. */
export function findPreset(name: string): Preset | undefined {
  return byName.get(name);
}
