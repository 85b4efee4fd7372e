import type { JobSpec } from "../contracts/job-spec.ts";
import type { StreamStep } from "../contracts/stream-step.ts";
import type { VideoCodec } from "../contracts/transcode-spec.ts";

/** What a task takes of its host while it works. Estimates, rather too high than too low. */
export interface Demand {
  /** Cores that it keeps busy, if it gets them; it runs on one as well. */
  readonly cores: number;
  /** Memory of all its programs at their peak, bytes. */
  readonly memoryBytes: number;
  /** Pictures that it encodes side by side: sessions, where a device does it. */
  readonly encodes: number;
}

const MIB = 1024 * 1024;

/** ffmpeg itself with its decoder and filters. */
const baseBytes = 300 * MIB;
/** What an encoder holds for a million pixels, measured at 1080p and 2160p on 2 to 16 threads. */
const bytesPerMegapixel: Readonly<Record<VideoCodec, number>> = {
  ...{ h264: 260 * MIB, h265: 400 * MIB, av1: 420 * MIB, vp9: 180 * MIB },
  ...{ prores: 60 * MIB, gif: 60 * MIB },
};
/** Threads that an encode still gains from: about six for 1080p. */
const coresPerMegapixel = 3;
/** What is taken for the size of a picture as large as its source, of which nothing is known: 1080p. */
const usualMegapixels = 2.1;
/** The shape of a picture of which one side is known. */
const usualAspect = 16 / 9;

const light: Demand = { cores: 1, memoryBytes: baseBytes, encodes: 0 };
/** Of pictures that are decoded and compared or shrunk, not encoded. */
const decoding: Demand = { cores: 2, memoryBytes: 2 * baseBytes, encodes: 0 };

/** What encoding one picture of this size takes: of a transcode whose source has been opened. */
export function demandOfPicture(codec: VideoCodec, { width, height }: Size): Demand {
  return encoding([{ codec, megapixels: (width * height) / 1_000_000 }]);
}

/** What a job takes, or one step of it, as far as spec and plan say. */
export function demandOf(spec: JobSpec, step?: StreamStep): Demand {
  switch (spec.kind) {
    case "transcode": {
      const { video } = spec;
      if (!video || video.codec === "copy") return light;
      return encoding([{ codec: video.codec, megapixels: megapixelsOf(video.width, video.height) }]);
    }
    case "stream":
      return ofStep(spec.video.codec, step);
    case "thumbnails":
      return decoding;
    case "probe":
    case "fetch":
      return light;
  }
}

function ofStep(codec: VideoCodec, step: StreamStep | undefined): Demand {
  switch (step?.kind) {
    case "encode":
      return encoding(
        step.video.renditions.map(({ width, height }) => ({ codec, megapixels: (width * height) / 1_000_000 })),
      );
    // Tries the encoder on one picture after the other.
    case "plan":
      return encoding([{ codec, megapixels: usualMegapixels }]);
    case "quality":
    case "thumbnails":
      return decoding;
    default:
      return light;
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Encode {
  readonly codec: VideoCodec;
  readonly megapixels: number;
}

function encoding(encodes: readonly Encode[]): Demand {
  const megapixels = encodes.reduce((sum, encode) => sum + encode.megapixels, 0);
  const held = encodes.reduce((sum, encode) => sum + encode.megapixels * bytesPerMegapixel[encode.codec], 0);
  return {
    cores: Math.max(2, Math.ceil(megapixels * coresPerMegapixel)),
    memoryBytes: Math.round(baseBytes + held),
    encodes: encodes.length,
  };
}

function megapixelsOf(width: number | undefined, height: number | undefined): number {
  if (width === undefined && height === undefined) return usualMegapixels;
  const wide = width ?? (height ?? 0) * usualAspect;
  const high = height ?? (width ?? 0) / usualAspect;
  return (wide * high) / 1_000_000;
}
