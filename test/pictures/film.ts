import { execFileSync } from "node:child_process";

const rate = 24;

/** A film worth a look: `seconds` of 720p, falling into the Mandelbrot set, with a chord and a key frame every two seconds. */
export function makeFilm(path: string, seconds: number): void {
  execFileSync(process.env.FFMPEG_PATH || "ffmpeg", [
    ...["-nostdin", "-v", "error", "-y"],
    ...[
      "-f",
      "lavfi",
      "-i",
      `mandelbrot=size=1280x720:rate=${rate}:maxiter=300:end_scale=0.0005:end_pts=${seconds * rate}`,
    ],
    ...["-f", "lavfi", "-i", `aevalsrc=0.1*sin(440*PI*t)+0.1*sin(554*PI*t)+0.1*sin(660*PI*t):d=${seconds}`],
    ...["-vf", "gblur=sigma=1.2,eq=saturation=0.6,format=yuv420p", "-t", String(seconds)],
    ...[
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
      "-g",
      String(2 * rate),
      "-c:a",
      "aac",
      "-movflags",
      "+faststart",
      path,
    ],
  ]);
}
