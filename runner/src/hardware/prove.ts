import { videoEncoders } from "../ffmpeg/arguments/encoders.ts";
import { vmafModel } from "../ffmpeg/arguments/measure.ts";
import { audioEncoders } from "../ffmpeg/arguments/sound.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import { away } from "./device-arguments.ts";
import { type ProofMeans, type ProofRun, runProof } from "./run-proof.ts";
import { showsTestPictures } from "./test-pictures.ts";

interface Candidate {
  readonly name: string;
  /** What is encoded, where that are pictures. */
  readonly pictures: readonly string[] | null;
  readonly args: readonly string[];
}

/** Of software encoders, by ffmpeg's names. */
export interface EncoderProof {
  readonly encoders: ReadonlySet<string>;
  /** Those that did not end in time, as on a host that is busy. */
  readonly late: ReadonlySet<string>;
  /** Those whose pictures show something else than was encoded. */
  readonly wrong: ReadonlySet<string>;
}

/** Encodes a few frames with each listed software encoder that `wanted` says, `parallel` at a time. */
export async function proveEncoders(
  tools: FfmpegTools,
  means: ProofMeans,
  parallel: number,
  wanted: (name: string) => boolean = () => true,
): Promise<EncoderProof> {
  const waiting = candidates().filter(({ name }) => tools.knows("encoder", name) && wanted(name));
  const [encoders, late, wrong] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const prove = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { passed, timedOut } = await encode(tools, next, means);
      if (timedOut) late.add(next.name);
      if (!passed) continue;
      const found = (await showsItsPictures(tools, next, means)) ? encoders : wrong;
      found.add(next.name);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, parallel) }, prove));
  return { encoders, late, wrong };
}

/** Of pictures alone: what is encoded of sound is looked at by nobody. */
async function showsItsPictures(
  tools: FfmpegTools,
  { name, pictures }: Candidate,
  means: ProofMeans,
): Promise<boolean> {
  if (pictures === null) return true;
  return (await showsTestPictures(tools, means, { made: fileOf(name), given: pictures })) !== false;
}

/** In the room of the proof. */
const fileOf = (name: string) => `${name}.nut`;

/** The same options that jobs use, so that what is proved is what will run. */
export function candidates(): Candidate[] {
  const pictures = videoEncoders.map((encoder) => {
    const wish = { quality: 50, bitrateKbps: null, speed: "fast", keyframeFrames: 10, threads: 1, pass: null } as const;
    const planned = encoder.codec === "prores" ? "yuv422p10le" : encoder.codec === "gif" ? "rgb8" : "yuv420p";
    const input = ["-f", "lavfi", "-i", "testsrc2=size=320x192:rate=25:duration=0.2"];
    const args = [
      ...input,
      "-vf",
      `format=${planned}`,
      ...encoder.options(wish),
      "-f",
      "nut",
      `file:${fileOf(encoder.name)}`,
    ];
    return { name: encoder.name, pictures: input, args };
  });
  const sounds = Object.values(audioEncoders).map((name) => ({
    name,
    pictures: null,
    args: ["-f", "lavfi", "-i", "sine=sample_rate=48000:duration=0.2", "-c:a", name, ...away],
  }));
  return [...pictures, ...sounds];
}

/** Whether libvmaf, which this ffmpeg lists, compares a few frames with our model. So little that nothing is kept of it. */
export async function provesVmaf(tools: FfmpegTools, means: ProofMeans): Promise<boolean> {
  const source = ["-f", "lavfi", "-i", "testsrc2=size=192x144:rate=25:duration=0.2"];
  const args = [...source, "-filter_complex", `[0:v]split[a][b];[a][b]libvmaf=model=${vmafModel}`, ...away];
  return (await encode(tools, { args }, means)).passed;
}

function encode(tools: FfmpegTools, { args }: Pick<Candidate, "args">, means: ProofMeans): Promise<ProofRun> {
  return runProof(tools.ffmpegPath, args, means);
}
