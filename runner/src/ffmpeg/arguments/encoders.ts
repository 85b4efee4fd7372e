import type { VideoCodec, VideoSpec } from "@reelway/shared/contracts/transcode-spec";

/** How one software encoder is asked for quality, speed, key frames and passes. */
export interface VideoEncoder {
  /** ffmpeg's name. */
  readonly name: string;
  readonly codec: VideoCodec;
  /** The shortest side that it takes, pixels. */
  readonly minimumSide: number;
  readonly options: (wish: EncodeWish) => string[];
}

export interface EncodeWish {
  readonly quality: number;
  readonly bitrateKbps: number | null;
  readonly speed: NonNullable<VideoSpec["speed"]>;
  /** Longest distance between key frames, in frames. */
  readonly keyframeFrames: number;
  readonly threads: number;
  /** 1 or 2 of a two-pass encode, else null. Statistics lie in the working directory. */
  readonly pass: 1 | 2 | null;
}

/** How the names of the first pass's statistics begin, in the child's working directory. */
export const passLog = "pass";

type Scale = readonly [worst: number, best: number];

/**
 * One table for quality: what 0 and 100 mean on each encoder's own scale; between them it is a straight line.
 * The default of 65 is x264 crf 22, x265 crf 24, SVT-AV1 crf 31, VP9 crf 31.
 */
const qualityScales = {
  libx264: [44, 10],
  libx265: [46, 12],
  libsvtav1: [60, 15],
  "libvpx-vp9": [60, 15],
  prores_ks: [0, 4],
} satisfies Record<string, Scale>;

export const defaultQuality = 65;

function onScale(scale: Scale, quality: number): string {
  return String(factorOn(scale, quality));
}

/** A quality of 0 to 100 on a scale of an encoder's own. */
export function factorOn([worst, best]: Scale, quality: number): number {
  return Math.round(worst + ((best - worst) * quality) / 100);
}

/** A quality of 0 to 100 on an encoder's own scale. */
export function rateFactorOf(encoder: keyof typeof qualityScales, quality: number): number {
  return factorOn(qualityScales[encoder], quality);
}

const rateOf = (scale: Scale, wish: EncodeWish, constantQuality: string) =>
  wish.bitrateKbps === null ? [constantQuality, onScale(scale, wish.quality)] : ["-b:v", `${wish.bitrateKbps}k`];

const keyframes = (wish: EncodeWish) => ["-g", String(wish.keyframeFrames)];
const software = { minimumSide: 2 } as const;

const x264: VideoEncoder = {
  ...software,
  name: "libx264",
  codec: "h264",
  options: (wish) => [
    ...["-c:v", "libx264", "-preset", { fast: "veryfast", balanced: "medium", thorough: "slow" }[wish.speed]],
    ...rateOf(qualityScales.libx264, wish, "-crf"),
    ...keyframes(wish),
    ...["-forced-idr", "1", "-x264-params", "open-gop=0"],
    ...(wish.pass === null ? [] : ["-pass", String(wish.pass), "-passlogfile", passLog]),
  ],
};

const x265: VideoEncoder = {
  ...software,
  name: "libx265",
  codec: "h265",
  minimumSide: 16,
  options: (wish) => [
    ...["-c:v", "libx265", "-preset", { fast: "superfast", balanced: "fast", thorough: "slow" }[wish.speed]],
    ...rateOf(qualityScales.libx265, wish, "-crf"),
    ...keyframes(wish),
    ...["-forced-idr", "1", "-x265-params"],
    [
      "log-level=error",
      "open-gop=0",
      `pools=${wish.threads}`,
      ...(wish.pass === null ? [] : [`pass=${wish.pass}`, "stats=pass-x265.log"]),
    ].join(":"),
  ],
};

/** lp is a number of processors in SVT-AV1 1 and a level up to 6 from 3 on: the smaller of both readings. */
const svtAv1: VideoEncoder = {
  ...software,
  name: "libsvtav1",
  codec: "av1",
  minimumSide: 64,
  options: (wish) => [
    ...["-c:v", "libsvtav1", "-preset", { fast: "10", balanced: "8", thorough: "5" }[wish.speed]],
    ...rateOf(qualityScales.libsvtav1, wish, "-crf"),
    ...keyframes(wish),
    ...["-svtav1-params", `lp=${Math.min(6, wish.threads)}`],
  ],
};

const vp9: VideoEncoder = {
  ...software,
  name: "libvpx-vp9",
  codec: "vp9",
  options: (wish) => [
    ...["-c:v", "libvpx-vp9", "-deadline", "good", "-row-mt", "1", "-tile-columns", "1"],
    ...["-cpu-used", { fast: "5", balanced: "3", thorough: "1" }[wish.speed]],
    ...rateOf(qualityScales["libvpx-vp9"], wish, "-crf"),
    ...(wish.bitrateKbps === null ? ["-b:v", "0"] : []),
    ...keyframes(wish),
    ...(wish.pass === null ? [] : ["-pass", String(wish.pass), "-passlogfile", passLog]),
  ],
};

/** Profiles proxy, lt, standard and hq (0 to 3), by quality. */
export function proresProfile(quality: number): number {
  return Math.min(3, Number(onScale(qualityScales.prores_ks, quality)));
}

const prores: VideoEncoder = {
  ...software,
  name: "prores_ks",
  codec: "prores",
  options: ({ quality }) => ["-c:v", "prores_ks", "-profile:v", String(proresProfile(quality)), "-vendor", "apl0"],
};

const gif: VideoEncoder = { ...software, name: "gif", codec: "gif", options: () => ["-c:v", "gif"] };

/** Every software encoder that we know how to ask. Which of them work is proved on each host. */
export const videoEncoders: readonly VideoEncoder[] = [x264, x265, svtAv1, vp9, prores, gif];
