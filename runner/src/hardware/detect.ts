import { availableParallelism } from "node:os";
import { videoEncoders } from "../ffmpeg/arguments/encoders.ts";
import { audioEncoders } from "../ffmpeg/arguments/sound.ts";
import { type FfmpegTools, openTools, type ToolPaths } from "../ffmpeg/tools.ts";
import { kindNames } from "../kinds/catalogue.ts";
import { readProof, writeProof } from "./proof-cache.ts";
import { proveEncoders, provesVmaf } from "./prove.ts";

export interface DetectOptions extends ToolPaths {
  /** Where the proof is kept between starts. */
  readonly cacheDirectory: string;
  /** How long one proving encode may take, milliseconds. */
  readonly timeoutMs?: number;
}

export interface Detected {
  readonly tools: FfmpegTools;
  /** `kind:…`, `encode:<codec>`, `hardware:<codec>`, `encoder:<name>`, `ffmpeg:<build>` and `measure:vmaf`, sorted. */
  readonly capabilities: readonly string[];
}

const PROOF_TIMEOUT_MS = 20_000;

/** Finds out what this host can do by doing it: every encoder that ffmpeg lists encodes a few frames, VMAF compares some. */
export async function detect(options: DetectOptions): Promise<Detected> {
  const tools = await openTools(options);
  const cached = await readProof(options.cacheDirectory, tools);
  const proven = cached ?? (await proveEncoders(tools, options.timeoutMs ?? PROOF_TIMEOUT_MS, availableParallelism()));
  if (!cached) await writeProof(options.cacheDirectory, tools, proven);
  const provenVmaf = await provesVmaf(tools, options.timeoutMs ?? PROOF_TIMEOUT_MS);
  const capabilities = [...capabilitiesOf(tools, proven), ...(provenVmaf ? ["measure:vmaf"] : [])].sort();
  return { tools: { ...tools, provenEncoders: proven, provenVmaf }, capabilities };
}

/** What the proved encoders add up to, in the words of shared/contracts/capability.ts. */
export function capabilitiesOf({ build }: Pick<FfmpegTools, "build">, proven: ReadonlySet<string>): string[] {
  const capabilities = new Set([...kindNames.map((kind) => `kind:${kind}`), `ffmpeg:${build}`]);
  for (const { name, codec, hardware } of videoEncoders) {
    if (!proven.has(name)) continue;
    capabilities.add(`${hardware ? "hardware" : "encode"}:${codec}`).add(`encoder:${name}`);
  }
  for (const [codec, encoder] of Object.entries(audioEncoders))
    if (proven.has(encoder)) capabilities.add(`encode:${codec}`);
  return [...capabilities].sort();
}
