import { join } from "node:path";
import type { ProvenFormat } from "../ffmpeg/arguments/devices/device.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import { depthIn, testPicture } from "./device-arguments.ts";
import { type ProofMeans, runProof } from "./run-proof.ts";

/** What software encodes each codec for a device to decode: as fast as it goes. By ffprobe's names. */
const makers: Readonly<Record<string, readonly string[]>> = {
  h264: ["libx264", "-preset", "ultrafast"],
  hevc: ["libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"],
  av1: ["libsvtav1", "-preset", "12"],
  vp9: ["libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"],
};
export const sampleCodecs: readonly string[] = Object.keys(makers);

/** HDR10's metadata, as a film would carry it. */
const hdr10 =
  "hdr10=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400";

/** Clips of pictures as the proofs of encoders have them, made by software on this host when they are first asked for. */
export class SampleClips {
  readonly #tools: Pick<FfmpegTools, "ffmpegPath" | "knows">;
  readonly #means: ProofMeans;
  readonly #made = new Map<string, Promise<string | null>>();
  #ranShort = false;

  constructor(tools: Pick<FfmpegTools, "ffmpegPath" | "knows">, means: ProofMeans) {
    this.#tools = tools;
    this.#means = means;
  }

  /** Whether a clip could not be made in the time for it. */
  get ranShort(): boolean {
    return this.#ranShort;
  }

  /** The path of a clip; null where this ffmpeg can't make it. */
  clip(codec: string, format: ProvenFormat): Promise<string | null> {
    return this.#once(`${codec}-${format}`, codec, makers[codec] ?? [], format);
  }

  /** H.265 with HDR10's metadata in it. */
  hdr10(): Promise<string | null> {
    const [maker = "", ...rest] = makers.hevc ?? [];
    const options = rest.map((word) => (word.startsWith("log-level") ? `${word}:${hdr10}` : word));
    return this.#once("hevc-hdr10", "hevc", [maker, ...options], "10-small");
  }

  /** None is being made any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#made.values());
  }

  #once(name: string, codec: string, encoder: readonly string[], format: ProvenFormat): Promise<string | null> {
    const known = this.#made.get(name) ?? this.#make(name, codec, encoder, format);
    this.#made.set(name, known);
    return known;
  }

  async #make(name: string, codec: string, encoder: readonly string[], format: ProvenFormat): Promise<string | null> {
    const [maker] = encoder;
    if (maker === undefined || !this.#tools.knows("encoder", maker)) return null;
    const path = join(this.#means.room.directory, `${name}.mkv`);
    const pixels = depthIn(format) === 10 ? "yuv420p10le" : "yuv420p";
    const { passed, timedOut } = await runProof(
      this.#tools.ffmpegPath,
      [
        ...[...testPicture(format), "-vf", `format=${pixels}`],
        ...["-c:v", ...encoder, ...(codec === "vp9" && pixels !== "yuv420p" ? ["-profile:v", "2"] : [])],
        ...["-f", "matroska", `file:${path}`],
      ],
      this.#means,
    );
    this.#ranShort ||= timedOut;
    return passed ? path : null;
  }
}
