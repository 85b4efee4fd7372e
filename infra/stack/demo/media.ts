import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import { StackFailure } from "../stack-failure.ts";

const run = promisify(execFile);

const SAMPLE_SECONDS = 10;
/** A result may differ from its source by a frame or an audio packet or two at its ends. */
const DURATION_TOLERANCE_SECONDS = 0.5;
const DURATION_TOLERANCE_SHARE = 0.02;

const Probe = z.object({
  streams: z.array(
    z.object({
      codec_type: z.string(),
      codec_name: z.string().optional(),
      width: z.int().optional(),
      height: z.int().optional(),
      duration: z.coerce.number().optional(),
    }),
  ),
  format: z.object({ format_name: z.string(), duration: z.coerce.number().optional(), size: z.coerce.number() }),
});
export type Probe = z.infer<typeof Probe>;

/** Ten seconds of moving 720p test picture with a tone. */
export async function makeSample(path: string): Promise<void> {
  await run(process.env.FFMPEG_PATH || "ffmpeg", [
    ...["-nostdin", "-v", "error", "-y"],
    ...["-f", "lavfi", "-i", `testsrc2=size=1280x720:rate=30:duration=${SAMPLE_SECONDS}`],
    ...["-f", "lavfi", "-i", `sine=frequency=440:duration=${SAMPLE_SECONDS}`],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", path],
  ]);
}

/** What ffprobe sees in a file. Throws StackFailure with its reason when it can't read it. */
export async function probe(path: string): Promise<Probe> {
  try {
    const { stdout } = await run(process.env.FFPROBE_PATH || "ffprobe", [
      ...["-v", "error", "-of", "json", "-show_streams", "-show_format", `file:${path}`],
    ]);
    return Probe.parse(JSON.parse(stdout));
  } catch (error) {
    throw new StackFailure(`ffprobe can't read ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Holds a result against its source and what the job said of it. Throws StackFailure at the first thing that is wrong. */
export function verify(
  source: Probe,
  result: Probe,
  promised: { videoCodec: string | null; audioCodec: string | null },
): void {
  const kinds = new Set(result.streams.map((stream) => stream.codec_type));
  for (const [kind, codec] of [
    ["video", promised.videoCodec],
    ["audio", promised.audioCodec],
  ] as const) {
    if ((codec !== null) !== kinds.has(kind))
      throw new StackFailure(`The result ${kinds.has(kind) ? "has" : "has no"} ${kind}, unlike what the job says.`);
  }
  const before = lengthOf(source, kinds);
  const after = result.format.duration;
  if (before === undefined) return;
  const tolerance = Math.max(DURATION_TOLERANCE_SECONDS, before * DURATION_TOLERANCE_SHARE);
  if (after === undefined || Math.abs(after - before) > tolerance)
    throw new StackFailure(`The result lasts ${after ?? "?"} s, its source ${before} s.`);
}

/** How long the streams of these kinds are, in seconds: a sound track may end before its picture. */
function lengthOf({ streams, format }: Probe, kinds: ReadonlySet<string>): number | undefined {
  const durations = streams.flatMap(({ codec_type, duration }) =>
    kinds.has(codec_type) && duration !== undefined ? [duration] : [],
  );
  return durations.length > 0 ? Math.max(...durations) : format.duration;
}

/** One line for people: `h264 1280×720 + aac, 10.0 s, 3.1 MB`. */
export function describeMedia({ streams, format }: Probe): string {
  const parts = streams
    .filter((stream) => stream.codec_type === "video" || stream.codec_type === "audio")
    .map(({ codec_name, width, height }) => `${codec_name ?? "?"}${width && height ? ` ${width}×${height}` : ""}`);
  const length = format.duration === undefined ? [] : [`${format.duration.toFixed(1)} s`];
  return [parts.join(" + "), ...length, `${(format.size / 1e6).toFixed(1)} MB`].join(", ");
}
