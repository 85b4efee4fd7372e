import { videoEncoders } from "../ffmpeg/arguments/encoders.ts";
import { vmafModel } from "../ffmpeg/arguments/measure.ts";
import { audioEncoders } from "../ffmpeg/arguments/sound.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import { type ProofMeans, type ProofRun, runProof } from "./run-proof.ts";

interface Candidate {
  readonly name: string;
  readonly args: readonly string[];
}

/** Of software encoders, by ffmpeg's names. */
export interface EncoderProof {
  readonly encoders: ReadonlySet<string>;
  /** Those that did not end in time, as on a host that is busy. */
  readonly late: ReadonlySet<string>;
}

/** Encodes a few frames with each listed software encoder that `wanted` says, `parallel` at a time. */
export async function proveEncoders(
  tools: FfmpegTools,
  means: ProofMeans,
  parallel: number,
  wanted: (name: string) => boolean = () => true,
): Promise<EncoderProof> {
  const waiting = candidates().filter(({ name }) => tools.knows("encoder", name) && wanted(name));
  const [encoders, late] = [new Set<string>(), new Set<string>()];
  const prove = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { passed, timedOut } = await encode(tools, next, means);
      if (passed) encoders.add(next.name);
      else if (timedOut) late.add(next.name);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, parallel) }, prove));
  return { encoders, late };
}

/** The same options that jobs use, so that what is proved is what will run. */
export function candidates(): Candidate[] {
  const pictures = videoEncoders.map((encoder) => {
    const wish = { quality: 50, bitrateKbps: null, speed: "fast", keyframeFrames: 10, threads: 1, pass: null } as const;
    const planned = encoder.codec === "prores" ? "yuv422p10le" : encoder.codec === "gif" ? "rgb8" : "yuv420p";
    const input = ["-f", "lavfi", "-i", "testsrc2=size=320x192:rate=25:duration=0.2"];
    return { name: encoder.name, args: [...input, "-vf", `format=${planned}`, ...encoder.options(wish)] };
  });
  const sounds = Object.values(audioEncoders).map((name) => ({
    name,
    args: ["-f", "lavfi", "-i", "sine=sample_rate=48000:duration=0.2", "-c:a", name],
  }));
  return [...pictures, ...sounds];
}

/** Whether libvmaf, which this ffmpeg lists, compares a few frames with our model. So little that nothing is kept of it. */
export async function provesVmaf(tools: FfmpegTools, means: ProofMeans): Promise<boolean> {
  const source = ["-f", "lavfi", "-i", "testsrc2=size=192x144:rate=25:duration=0.2"];
  const args = [...source, "-filter_complex", `[0:v]split[a][b];[a][b]libvmaf=model=${vmafModel}`];
  return (await encode(tools, { name: "libvmaf", args }, means)).passed;
}

function encode(tools: FfmpegTools, { args }: Candidate, means: ProofMeans): Promise<ProofRun> {
  return runProof(tools.ffmpegPath, [...args, "-f", "null", "-"], means);
}
