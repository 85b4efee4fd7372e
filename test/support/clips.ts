import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { copyFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Clips made by ffmpeg once per machine, and files that are no clips at all. */
const directory = join(process.env.REELWAY_TEST_CLIPS ?? tmpdir(), "reelway-test-clips-v2");

/** The path of a clip called `name`, made with these ffmpeg arguments if it is not there yet. */
export function clip(name: string, ...args: string[]): string {
  const path = join(directory, name);
  if (existsSync(path)) return path;
  mkdirSync(directory, { recursive: true });
  const partial = join(directory, `${process.pid}-${name}`);
  execFileSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args, partial]);
  renameSync(partial, path);
  return path;
}

const picture = (size: string, seconds: number, rate = 30) => [
  "-f",
  "lavfi",
  "-i",
  `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`,
];
const tone = (seconds: number) => ["-f", "lavfi", "-i", `sine=frequency=440:duration=${seconds}`];
const h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"];

/** 2 s of 320×180 with sound: converts in an instant. */
export const smallClip = () => clip("small.mp4", ...picture("320x180", 2), ...tone(2), ...h264);
/** 8 s (240 frames) of noise: work for many seconds, so that things can happen in the middle of it. */
export const longClip = () =>
  clip("long.mp4", ...picture("640x360", 8), ...tone(8), "-vf", "noise=alls=20:allf=t", ...h264);
/** 40 s (1,200 frames) with a key frame every two seconds: a film of several chunks, and the same of 320×180. */
const film = (name: string, size: string) =>
  clip(name, ...picture(size, 40), ...tone(40), ...h264, "-g", "60", "-shortest", "-movflags", "+faststart");
export const filmClip = () => film("film.mp4", "640x360");
export const smallFilm = () => film("small-film.mp4", "320x180");
/** As long as asked for, with a key frame every two seconds, grain and beeps: no two of its pictures are alike. */
export const grainyFilm = (seconds: number) =>
  clip(
    `grainy-${seconds}.mp4`,
    ...picture("320x180", seconds),
    ...["-f", "lavfi", "-i", `sine=frequency=440:beep_factor=4:duration=${seconds}`],
    ...["-vf", "noise=alls=12:allf=t", ...h264, "-g", "60", "-shortest", "-movflags", "+faststart"],
  );
/** 20 s (480 frames) with a key frame every two seconds, and sound in two languages, or none. */
const shortFilm = [...picture("640x360", 20, 24), "-vf", "noise=alls=8:allf=t", "-g", "48"];
export const twoSoundsFilm = () =>
  clip(
    "two-sounds.mp4",
    ...["-f", "lavfi", "-i", "sine=frequency=440:beep_factor=4:sample_rate=48000:duration=20"],
    ...["-f", "lavfi", "-i", "sine=frequency=660:sample_rate=48000:duration=20"],
    ...[...shortFilm, "-map", "2:v", "-map", "0:a", "-map", "1:a", ...h264, "-movie_timescale", "48000"],
    ...["-metadata:s:a:0", "language=deu", "-metadata:s:a:1", "language=eng"],
  );
export const silentFilm = () => clip("silent.mp4", ...shortFilm, ...h264);
/** 24 s (576 frames) with a key frame every two seconds: twelve seconds that are easy to encode, then twelve that are not. */
export const halfNoisyFilm = () =>
  clip(
    "half-noisy.mp4",
    ...[...picture("320x180", 24, 24), "-vf", "noise=alls=14:allf=t:enable='gte(t,12)'", ...h264],
    ...["-crf", "8", "-g", "48", "-x264-params", "scenecut=0"],
  );
/** Colours as HDR10 has them, and what it says of its display and light. */
const hdr10 = [
  ...["-vf", "format=yuv420p10le,setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"],
  ...["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params"],
  "log-level=error:hdr10=1:max-cll=1000,400:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)",
];
/** 3 s (72 frames) of 960×540 in HDR10 with a key frame every second, and sound of six channels. */
export const shortHdrFilm = () =>
  clip(
    "short-hdr.mp4",
    ...[...picture("960x540", 3, 24), ...["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=3"]],
    ...[...hdr10, "-g", "24", "-c:a", "aac", "-ac", "6", "-movie_timescale", "48000"],
  );
/** 2 key frames of 5120×2880 in HDR10, without sound. */
export const hugeHdrFilm = () => clip("huge-hdr-2.mp4", ...picture("5120x2880", 1, 2), ...hdr10, "-g", "1");
/** More than 300 MB of raw video in AVI, so that an upload has many parts. */
export const hugeClip = () => clip("huge.avi", ...picture("640x360", 31), "-c:v", "rawvideo", "-pix_fmt", "yuv420p");
export const tinyPictureClip = () => clip("tiny.mp4", ...picture("16x16", 1), ...h264);
export const soundOnlyClip = () => clip("sound.m4a", ...tone(1), "-c:a", "aac");

/** A working clip under another container's name. */
export async function wrongExtensionClip(): Promise<string> {
  const path = join(directory, "wrong.webm");
  await copyFile(smallClip(), path);
  return path;
}

/** The first 60 % of a clip whose index stands at its front: it opens, and ends too early. */
export async function truncatedClip(): Promise<string> {
  const whole = clip("faststart.mp4", ...picture("640x360", 10), ...tone(10), ...h264, "-movflags", "+faststart");
  const path = join(directory, "truncated.mp4");
  await copyFile(whole, path);
  truncateSync(path, Math.floor((await stat(whole)).size * 0.6));
  return path;
}

/** A clip whose index stood at its end and is gone: it does not open. */
export async function headlessClip(): Promise<string> {
  const path = join(directory, "headless.mp4");
  await copyFile(smallClip(), path);
  truncateSync(path, Math.floor((await stat(smallClip())).size * 0.6));
  return path;
}

/** 80 MB that no decoder knows: an upload of five parts, for tests that are about nothing else. */
export function largeFile(): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "large.avi");
  if (!existsSync(path)) {
    writeFileSync(path, "");
    truncateSync(path, 80 * 1024 * 1024);
  }
  return path;
}

export function textFile(): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "text.mp4");
  writeFileSync(path, "This is a shopping list, not a film: bread, milk, a reel of tape.\n".repeat(20));
  return path;
}

/** Part of what `ffprobe -show_format -show_streams` says. */
export interface Probed {
  format: { format_name: string; duration?: string; size: string };
  streams: { codec_type: string; codec_name: string; width?: number; height?: number; nb_read_frames?: string }[];
}

/** Reads a result with ffprobe, decoding all of it so that its frames are counted. */
export function probeFile(path: string): Probed {
  const text = execFileSync(
    "ffprobe",
    ["-v", "error", "-of", "json", "-count_frames", "-show_format", "-show_streams", path],
    { encoding: "utf8", maxBuffer: 16 * 1024 * 1024 },
  );
  return JSON.parse(text) as Probed;
}
