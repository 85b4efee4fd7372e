import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A second of moving picture with a tone: small enough that only the way to ffmpeg takes time. */
export async function makeTinyClip(ffmpeg: string, path: string): Promise<void> {
  await make(ffmpeg, path, { seconds: 1, size: "160x90", filter: "null", bitrate: "200k" });
}

/** A minute of 1080p with grain, so that the encoder has about as much to do as with a camera's picture. */
export async function makeMinuteClip(ffmpeg: string, path: string): Promise<void> {
  await make(ffmpeg, path, { seconds: 60, size: "1920x1080", filter: "noise=alls=4:allf=t", bitrate: "8M" });
}

/** The same for so many seconds. */
export async function makeFilm(ffmpeg: string, path: string, seconds: number): Promise<void> {
  await make(ffmpeg, path, { seconds, size: "1920x1080", filter: "noise=alls=4:allf=t", bitrate: "8M" });
}

/** A minute that is converted in seconds: what is asked of the control plane depends on its length, not its size. */
export async function makeSmallMinuteClip(ffmpeg: string, path: string): Promise<void> {
  await make(ffmpeg, path, { seconds: 60, size: "320x180", filter: "null", bitrate: "200k" });
}

async function make(
  ffmpeg: string,
  path: string,
  clip: { seconds: number; size: string; filter: string; bitrate: string },
): Promise<void> {
  const picture = `testsrc2=size=${clip.size}:rate=30:duration=${clip.seconds},${clip.filter},format=yuv420p`;
  await execute(ffmpeg, [
    ...["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", picture],
    ...["-f", "lavfi", "-i", `sine=frequency=440:sample_rate=48000:duration=${clip.seconds}`],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-b:v", clip.bitrate, "-g", "60", "-c:a", "aac", path],
  ]);
}
