import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Seconds of every title, pictures a second, and seconds between key frames. */
export const SECONDS = 10;
const RATE = 25;
export const GOP_SECONDS = 2;

const gop = String(RATE * GOP_SECONDS);

/** Encoders with a key frame every other second and nowhere else; each chunk's configuration is that of all others. */
export const VIDEO_ENCODERS = {
  h264: [
    ..."-c:v libx264 -preset ultrafast -bf 2 -pix_fmt yuv420p -x264-params".split(" "),
    `keyint=${gop}:min-keyint=${gop}:scenecut=0:open-gop=0:stitchable=1`,
  ],
  vp9: [..."-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 200k".split(" "), "-g", gop, "-keyint_min", gop],
  av1: [..."-c:v libsvtav1 -preset 12 -svtav1-params scd=0".split(" "), "-g", gop],
} as const;

const AUDIO_ENCODERS = { aac: ["-c:a", "aac"], opus: ["-c:a", "libopus"] } as const;

/** Titles that differ in their packaging alone share an encode. */
function ffmpeg(args: readonly string[], output: string): string {
  if (existsSync(output)) return output;
  execFileSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args, output], { stdio: ["ignore", "ignore", "pipe"] });
  return output;
}

/** Pictures from one second to another of the title. */
export function encodePictures(
  output: string,
  { codec, size, from, to }: { codec: keyof typeof VIDEO_ENCODERS; size: string; from: number; to: number },
): string {
  const range = `trim=start_frame=${from * RATE}:end_frame=${to * RATE},setpts=PTS-STARTPTS`;
  const input = `testsrc2=size=${size}:rate=${RATE}:duration=${SECONDS}`;
  const encoder = VIDEO_ENCODERS[codec];
  return ffmpeg(["-f", "lavfi", "-i", input, "-vf", range, ...encoder, "-video_track_timescale", "25000"], output);
}

/** The title's sound. */
export function encodeSound(output: string, codec: keyof typeof AUDIO_ENCODERS): string {
  const input = `sine=frequency=440:sample_rate=48000:duration=${SECONDS}`;
  return ffmpeg(["-f", "lavfi", "-i", input, ...AUDIO_ENCODERS[codec]], output);
}
