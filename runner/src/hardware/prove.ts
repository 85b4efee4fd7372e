import { execa } from "execa";
import { videoEncoders } from "../ffmpeg/arguments/encoders.ts";
import { vmafModel } from "../ffmpeg/arguments/measure.ts";
import { audioEncoders } from "../ffmpeg/arguments/sound.ts";
import { childEnvironment } from "../ffmpeg/child-process.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";

interface Candidate {
  readonly name: string;
  readonly args: readonly string[];
}

/** Encodes a few frames with each listed encoder, `parallel` at a time; returns those that came to a good end. */
export async function proveEncoders(
  tools: FfmpegTools,
  timeoutMs: number,
  parallel: number,
): Promise<ReadonlySet<string>> {
  const waiting = candidates().filter(({ name }) => tools.knows("encoder", name));
  const proven = new Set<string>();
  const prove = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      if (await encodes(tools, next, timeoutMs)) proven.add(next.name);
  };
  await Promise.all(Array.from({ length: Math.max(1, parallel) }, prove));
  return proven;
}

/** The same options that jobs use, so that what is proved is what will run. */
export function candidates(): Candidate[] {
  const pictures = videoEncoders.map((encoder) => {
    const wish = { quality: 50, bitrateKbps: null, speed: "fast", keyframeFrames: 10, threads: 1, pass: null } as const;
    const planned = encoder.codec === "prores" ? "yuv422p10le" : encoder.codec === "gif" ? "rgb8" : "yuv420p";
    const filters = [`format=${encoder.pixelFormat(planned)}`, ...encoder.upload].join(",");
    const input = ["-f", "lavfi", "-i", "testsrc2=size=320x192:rate=25:duration=0.2"];
    return { name: encoder.name, args: [...encoder.device, ...input, "-vf", filters, ...encoder.options(wish)] };
  });
  const sounds = Object.values(audioEncoders).map((name) => ({
    name,
    args: ["-f", "lavfi", "-i", "sine=sample_rate=48000:duration=0.2", "-c:a", name],
  }));
  return [...pictures, ...sounds];
}

/** Whether libvmaf, with the model that it is used with, compares a few frames. So little that nothing is kept of it. */
export async function provesVmaf(tools: FfmpegTools, timeoutMs: number): Promise<boolean> {
  if (!tools.knows("filter", "libvmaf")) return false;
  const source = ["-f", "lavfi", "-i", "testsrc2=size=192x144:rate=25:duration=0.2"];
  const args = [...source, "-filter_complex", `[0:v]split[a][b];[a][b]libvmaf=model=${vmafModel}`];
  return encodes(tools, { name: "libvmaf", args }, timeoutMs);
}

async function encodes(tools: FfmpegTools, { args }: Candidate, timeoutMs: number): Promise<boolean> {
  const run = await execa(
    tools.ffmpegPath,
    ["-nostdin", "-hide_banner", "-nostats", "-progress", "pipe:1", "-v", "error", ...args, "-f", "null", "-"],
    {
      reject: false,
      timeout: timeoutMs,
      forceKillAfterDelay: 500,
      stdin: "ignore",
      env: childEnvironment(),
      extendEnv: false,
      maxBuffer: 1_000_000,
    },
  );
  return !run.failed && /^out_time_us=[1-9]/m.test(run.stdout);
}
