import type { AudioStream } from "@reelway/shared/contracts/media-info";
import type { AudioCodec, AudioSpec } from "@reelway/shared/contracts/transcode-spec";

/** How the sound of a result is made. */
export interface SoundPlan {
  readonly stream: AudioStream;
  readonly codec: AudioCodec;
  readonly encoder: string;
  readonly layout: "mono" | "stereo" | "5.1" | "7.1";
  readonly bitrateKbps: number | null;
  readonly sampleRate: number | null;
  /** Filters that correct the loudness, once it is measured. */
  readonly correction: readonly string[];
}

export const audioEncoders: Readonly<Record<AudioCodec, string>> = {
  aac: "aac",
  opus: "libopus",
  mp3: "libmp3lame",
  pcm: "pcm_s16le",
};

const layouts = { 1: "mono", 2: "stereo", 6: "5.1", 8: "7.1" } as const;
type ChannelCount = keyof typeof layouts;

/** Bitrates that are transparent for most material, per layout, kbit/s. */
const defaultBitrates: Readonly<Record<Exclude<AudioCodec, "pcm">, Readonly<Record<ChannelCount, number>>>> = {
  aac: { 1: 96, 2: 160, 6: 384, 8: 512 },
  opus: { 1: 64, 2: 128, 6: 320, 8: 448 },
  mp3: { 1: 96, 2: 192, 6: 192, 8: 192 },
};

/** The highest sample rate that an encoder takes. */
const highestRates: Readonly<Record<AudioCodec, number>> = { aac: 96_000, opus: 48_000, mp3: 48_000, pcm: 192_000 };

export function planSound(stream: AudioStream, spec: AudioSpec & { codec: AudioCodec }): SoundPlan {
  const channels = spec.channels ?? naturalChannels(stream.channels, spec.codec);
  return {
    stream,
    codec: spec.codec,
    encoder: audioEncoders[spec.codec],
    layout: layouts[channels],
    bitrateKbps: spec.codec === "pcm" ? null : (spec.bitrateKbps ?? defaultBitrates[spec.codec][channels]),
    sampleRate: spec.sampleRate ?? (spec.loudness ? rateAfterLoudness(stream, spec.codec) : null),
    correction: [],
  };
}

/** Layouts that every player knows: others are mixed down to stereo. */
function naturalChannels(channels: number, codec: AudioCodec): ChannelCount {
  if (channels === 1) return 1;
  if (codec === "mp3") return 2;
  return channels === 6 || channels === 8 ? channels : 2;
}

/** loudnorm works at 192 kHz and leaves it so: name the rate that the sound came with. */
function rateAfterLoudness(stream: AudioStream, codec: AudioCodec): number {
  if (codec === "opus") return 48_000;
  const standard = [96_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 11_025, 8_000];
  return standard.find((rate) => rate <= stream.sampleRate && rate <= highestRates[codec]) ?? 48_000;
}

/** Gaps become silence and a late start stays late, so that sound and picture keep together. */
export function soundFilters(plan: SoundPlan): string[] {
  return [`aformat=channel_layouts=${plan.layout}`, "aresample=async=1:first_pts=0", ...plan.correction];
}

export function soundOptions(plan: SoundPlan): string[] {
  return [
    ...["-c:a", plan.encoder],
    ...(plan.bitrateKbps === null ? [] : ["-b:a", `${plan.bitrateKbps}k`]),
    ...(plan.sampleRate === null ? [] : ["-ar", String(plan.sampleRate)]),
  ];
}
