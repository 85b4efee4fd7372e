import { pixelDepth } from "@reelway/shared/contracts/pixel-depth";
import type { PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import { deviceEncoder } from "./devices/families.ts";
import { factorOn, rateFactorOf } from "./encoders.ts";
import { hdr10OfSvtAv1, hdr10OfX265 } from "./hdr10-words.ts";
import { forcedAt, gridOf, type KeyFrames } from "./key-frames.ts";
import { h264Level, h264References, h265Level, type Load } from "./levels.ts";
import type { Rendition } from "./stream-encode.ts";

export interface StreamEncodeWish {
  readonly rendition: Pick<Rendition, "rateFactor" | "maxKbps" | "profile" | "level" | "isStrict">;
  readonly speed: PlannedVideo["speed"];
  readonly frameRate: PlannedVideo["frameRate"];
  readonly fps: number;
  readonly hdr10: PlannedVideo["color"]["hdr10"];
  readonly keyFrames: KeyFrames;
  readonly threads: number;
}

/** What a plan has to know of an encoder that makes parts of a stream. */
export interface StreamEncoderFacts {
  /** ffmpeg's name. */
  readonly name: string;
  /** Whether another build of ffmpeg may make another init segment of the same. */
  readonly buildMatters: boolean;
  /** Which key frames every build is known to make where it is told to. Others are tried when a stream is planned. */
  readonly obeys: "always" | "grid" | "never known";
  /** From a quality of 0 to 100 to its own scale. */
  readonly rateFactor: (quality: number) => number;
  /** The least step on that scale. */
  readonly factorStep: number;
  readonly profile: (pixelFormat: string) => string | null;
  readonly level: (load: Load) => string | null;
}

/**
 * How a software encoder makes one part of a stream: closed groups of pictures where they are asked for and nowhere else, a
 * ceiling over its quality, and a configuration that is the same in every part, whoever makes it.
 */
export interface StreamEncoder extends StreamEncoderFacts {
  readonly options: (wish: StreamEncodeWish) => string[];
  /** Whether it only aims at a ceiling, and holds it where a rendition is strict. */
  readonly hasStrictWay?: boolean;
  /** Whether it writes HDR10's own data when it is told them. */
  readonly tellsHdr10?: boolean;
}

const isDeep = (pixelFormat: string) => pixelDepth(pixelFormat) === 10;
const none = () => null;

/** A ceiling over one second, its buffer half full at the start of each part: two parts never overfill it together. */
const ceiling = ({ rendition }: StreamEncodeWish) => [
  ...["-maxrate", `${rendition.maxKbps}k`],
  ...["-bufsize", `${rendition.maxKbps}k`],
];
const halfFull = "vbv-init=0.5";

/** ffmpeg's own way to tell any encoder where key frames go. */
function forced(keyFrames: KeyFrames): string[] {
  const where = forcedAt(keyFrames);
  return where === null ? [] : ["-force_key_frames", where];
}

const x264: StreamEncoder = {
  name: "libx264",
  buildMatters: false,
  obeys: "always",
  rateFactor: (quality) => rateFactorOf("libx264", quality),
  factorStep: 0.5,
  profile: () => "high",
  level: h264Level,
  options: (wish) => [
    ...["-c:v", "libx264", "-preset", { fast: "veryfast", balanced: "medium", thorough: "slow" }[wish.speed]],
    ...["-crf", String(wish.rendition.rateFactor), ...ceiling(wish)],
    ...pinned("-profile:v", wish.rendition.profile),
    ...pinned("-level:v", wish.rendition.level),
    ...["-forced-idr", "1", ...forced(wish.keyFrames), "-x264-params"],
    [
      // Without it the rate factor is part of the configuration.
      "stitchable=1",
      // Older ffmpegs tell the source's, newer ones that of the scaled picture, which is the usual one.
      "chromaloc=0",
      "scenecut=0",
      "open-gop=0",
      halfFull,
      ...(wish.speed === "thorough" ? [`ref=${h264References}`] : []),
      `keyint=${"grid" in wish.keyFrames ? wish.keyFrames.grid : "infinite"}`,
      `min-keyint=${"grid" in wish.keyFrames ? wish.keyFrames.grid : 1}`,
    ].join(":"),
  ],
};

const x265: StreamEncoder = {
  name: "libx265",
  tellsHdr10: true,
  buildMatters: false,
  obeys: "always",
  rateFactor: (quality) => rateFactorOf("libx265", quality),
  factorStep: 0.5,
  profile: (pixelFormat) => (isDeep(pixelFormat) ? "main10" : "main"),
  level: h265Level,
  options: (wish) => [
    ...["-c:v", "libx265", "-preset", { fast: "superfast", balanced: "fast", thorough: "slow" }[wish.speed]],
    ...["-crf", String(wish.rendition.rateFactor), ...ceiling(wish)],
    ...pinned("-profile:v", wish.rendition.profile),
    ...["-forced-idr", "1", ...forced(wish.keyFrames), "-x265-params"],
    [
      "log-level=error",
      `pools=${wish.threads}`,
      "scenecut=0",
      "open-gop=0",
      halfFull,
      // Its words on version and settings would stand in the configuration.
      "info=0",
      "repeat-headers=0",
      "hrd=0",
      "chromaloc=0",
      "high-tier=0",
      // Where pictures come as they like, each part's own average would be part of its configuration.
      `fps=${wish.frameRate === null ? wish.fps.toFixed(3) : wish.frameRate.join("/")}`,
      ...(wish.rendition.level === null ? [] : [`level-idc=${wish.rendition.level}`]),
      ...hdr10OfX265(wish.hdr10),
      `keyint=${"grid" in wish.keyFrames ? wish.keyFrames.grid : -1}`,
      `min-keyint=${"grid" in wish.keyFrames ? wish.keyFrames.grid : 1}`,
    ].join(":"),
    ...["-tag:v", "hvc1"],
  ],
};

/** Version 1 ignores key frames that are forced: a grid is kept by all. */
const svtAv1: StreamEncoder = {
  name: "libsvtav1",
  tellsHdr10: true,
  buildMatters: true,
  obeys: "grid",
  rateFactor: (quality) => rateFactorOf("libsvtav1", quality),
  factorStep: 1,
  profile: none,
  level: none,
  options: (wish) => [
    ...["-c:v", "libsvtav1", "-preset", { fast: "10", balanced: "8", thorough: "5" }[wish.speed]],
    ...["-crf", String(wish.rendition.rateFactor), ...ceiling(wish)],
    ...["-g", String("seconds" in wish.keyFrames ? wholeGrid(wish.keyFrames) : gridOf(wish.keyFrames))],
    ...("pictures" in wish.keyFrames ? forced(wish.keyFrames) : []),
    // Left to itself it oversteps its ceiling by half.
    "-svtav1-params",
    ["scd=0", "mbr-overshoot-pct=0", `lp=${Math.min(6, wish.threads)}`, ...hdr10OfSvtAv1(wish.hdr10)].join(":"),
  ],
};

function wholeGrid({ seconds, fps }: { seconds: number; fps: number }): number {
  return Math.max(1, Math.round(seconds * fps));
}

/** From where it gets hard it takes several times its ceiling for some seconds, however it is told. */
const aimedVp9 = ({ rendition }: StreamEncodeWish) => [
  ...["-crf", String(rendition.rateFactor), "-b:v", `${rendition.maxKbps}k`],
];

/** At a constant bit rate below the ceiling, with a quality at which it takes less: a tenth to a quarter worse for its bytes. */
function strictVp9({ rendition }: StreamEncodeWish): string[] {
  const kbps = Math.round(rendition.maxKbps * 0.9);
  return [
    ...["-b:v", `${kbps}k`, "-minrate", `${kbps}k`, "-maxrate", `${kbps}k`],
    ...["-bufsize", `${Math.round(kbps / 3)}k`, "-undershoot-pct", "100", "-overshoot-pct", "0"],
    ...["-qmin", String(rendition.rateFactor)],
  ];
}

const vp9: StreamEncoder = {
  name: "libvpx-vp9",
  hasStrictWay: true,
  buildMatters: true,
  obeys: "always",
  rateFactor: (quality) => rateFactorOf("libvpx-vp9", quality),
  factorStep: 1,
  profile: (pixelFormat) => (isDeep(pixelFormat) ? "2" : "0"),
  level: none,
  options: (wish) => [
    ...["-c:v", "libvpx-vp9", "-deadline", "good", "-row-mt", "1", "-tile-columns", "1", "-lag-in-frames", "25"],
    ...["-cpu-used", { fast: "5", balanced: "3", thorough: "1" }[wish.speed]],
    ...(wish.rendition.isStrict ? strictVp9(wish) : aimedVp9(wish)),
    ...pinned("-profile:v", wish.rendition.profile),
    ...["-g", String(gridOf(wish.keyFrames)), ...forced(wish.keyFrames)],
    ...("grid" in wish.keyFrames ? ["-keyint_min", String(wish.keyFrames.grid)] : []),
  ],
};

function pinned(option: string, value: string | null): string[] {
  return value === null ? [] : [option, value];
}

/** By ffmpeg's names. What stands not here can't be made in parts that fit each other, but for devices' encoders. */
export const streamEncoders: ReadonlyMap<string, StreamEncoder> = new Map(
  [x264, x265, svtAv1, vp9].map((encoder) => [encoder.name, encoder]),
);

/** The facts about an encoder by its name, in software or on a device. Throws TypeError where it makes no parts. */
export function streamFacts(name: string): StreamEncoderFacts {
  const facts = streamEncoders.get(name) ?? factsOfDevice(name);
  if (facts === null) throw new TypeError(`no parts are made with ${name}`);
  return facts;
}

/** A device's configuration is its driver's, and where it makes key frames has to be seen. */
function factsOfDevice(name: string): StreamEncoderFacts | null {
  const found = deviceEncoder(name);
  if (found === undefined) return null;
  const { scale, profile, level } = found.encoder;
  return {
    ...{ name, buildMatters: true, obeys: "never known", factorStep: 1, level },
    rateFactor: (quality) => factorOn(scale, quality),
    profile: (pixelFormat) => profile(pixelDepth(pixelFormat)),
  };
}
