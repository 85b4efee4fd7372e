import type { VideoStream } from "@reelway/shared/contracts/media-info";
import type { PlannedRendition, PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import type { DeviceChoice } from "../encoder-choice.ts";
import type { Vocabulary } from "../vocabulary.ts";
import type { KeyFrames } from "./key-frames.ts";

/** The picture of a source, or a part of it, to be encoded in all renditions at once. */
export interface StreamInput {
  readonly path: string;
  /** ffmpeg's name of its format. */
  readonly format: string;
  /** The picture's index among the streams; in a cut it is the only one. */
  readonly stream: number;
  /** Seconds on its own clock at which the title begins; null for a cut, whose times the plan has. */
  readonly origin: number | null;
  readonly interlaced: boolean;
}

export interface StreamEncode {
  readonly video: EncodedVideo;
  readonly input: StreamInput;
  readonly keyFrames: KeyFrames;
  readonly threads: number;
  /** Ends after so many pictures, where the input has more. */
  readonly stopAfter?: number;
  /** Makes exactly so many pictures: those that do not decode are made up for by the ones before them. */
  readonly fillTo?: number;
  /** Where it is encoded on a device; else in software. */
  readonly on?: DeviceStream;
}

export type EncodedVideo = Omit<PlannedVideo, "renditions"> & { readonly renditions: readonly Rendition[] };

export type Rendition = Pick<PlannedRendition, "width" | "height" | "rateFactor" | "maxKbps" | "profile" | "level"> & {
  /** Its ceiling is held at the cost of quality, where its encoder would only aim at it. */
  readonly isStrict?: boolean;
};

/** A stream's part on a device. */
export interface DeviceStream {
  readonly choice: DeviceChoice;
  /** What is encoded. */
  readonly picture: VideoStream;
  readonly vocabulary: Vocabulary;
}
