import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { JobPlan } from "@reelway/shared/contracts/job-plan";
import { streamEncoders } from "../../../runner/src/ffmpeg/arguments/stream-encoders.ts";
import { cpuSecondsOfGroup } from "./cpu-time.ts";

export interface PlainEncode {
  readonly ffmpegPath: string;
  readonly source: string;
  readonly directory: string;
  readonly plan: JobPlan;
  /** For taskset, such as `0,1`. */
  readonly cores: string;
}

/** Seconds. */
export interface PlainRun {
  readonly wall: number;
  readonly cpu: number;
}

const lookEveryMs = 200;

/**
 * One ffmpeg that makes the same ladder by itself, as a person would write it: decode once, split, scale, encode by the
 * same settings, HLS with fMP4 segments.
 */
export async function encodePlainly(encode: PlainEncode): Promise<PlainRun> {
  const folder = join(encode.directory, "plain");
  await mkdir(folder, { recursive: true });
  const startedAt = performance.now();
  const command = [encode.ffmpegPath, ...plainArguments(encode)];
  const child = spawn("taskset", ["-c", encode.cores, ...command], { cwd: folder, stdio: "ignore", detached: true });
  let cpu = 0;
  const looking = setInterval(() => {
    if (child.pid !== undefined) cpu = Math.max(cpu, cpuSecondsOfGroup(child.pid));
  }, lookEveryMs);
  const [code] = await once(child, "exit");
  clearInterval(looking);
  const wall = (performance.now() - startedAt) / 1_000;
  if (code !== 0) throw new Error(`the plain ffmpeg command ended with ${String(code)}`);
  await rm(folder, { recursive: true });
  return { wall, cpu };
}

function plainArguments({ source, plan: { video, audio, segmentSeconds } }: PlainEncode): string[] {
  const encoder = streamEncoders.get(video?.encoder ?? "");
  if (video === null || encoder === undefined) throw new Error("the plan has no picture that can be encoded plainly");
  const { renditions, speed, frameRate, fps, color } = video;
  const labels = renditions.map((_, place) => `[s${place}]`).join("");
  const scaled = renditions.map(
    ({ width, height }, place) => `[s${place}]scale=${width}:${height}:flags=bicubic,format=yuv420p[v${place}]`,
  );
  const keyFrames = { grid: Math.round(segmentSeconds * fps) };
  const pictures = renditions.flatMap((rendition, place) => {
    // As many threads as it likes: the encoders' own choice is the quickest for one process.
    const options = encoder.options({ rendition, speed, frameRate, fps, hdr10: color.hdr10, keyFrames, threads: 0 });
    return ["-map", `[v${place}]`, ...options.map((word) => forStream(word, place))];
  });
  const sound = audio.flatMap(({ track, bitrateKbps }) => [
    ...["-map", `0:a:${track}`, "-c:a", "aac", "-b:a", `${bitrateKbps}k`],
  ]);
  const group = audio.length > 0 ? ",agroup:sound" : "";
  const streams = [
    ...renditions.map((_, place) => `v:${place}${group}`),
    ...audio.map((_, place) => `a:${place}${group}`),
  ].join(" ");
  return [
    ...["-v", "error", "-nostdin", "-y", "-i", source],
    ...["-filter_complex", [`[0:v]split=${renditions.length}${labels}`, ...scaled].join(";")],
    ...[...pictures, ...sound],
    ...["-f", "hls", "-hls_time", String(segmentSeconds), "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"],
    ...["-master_pl_name", "main.m3u8", "-var_stream_map", streams, "-hls_segment_filename", "%v-%05d.m4s", "%v.m3u8"],
  ];
}

/** An option that is meant for one of the pictures in a file of many. */
function forStream(word: string, place: number): string {
  return /^-[a-z]/.test(word) ? `${word.replace(/:v$/, "")}:v:${place}` : word;
}
