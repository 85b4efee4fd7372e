import type { VideoCodec } from "@reelway/shared/contracts/transcode-spec";
import type { Size } from "../geometry.ts";
import type { KeyFrames } from "../key-frames.ts";
import type { Load } from "../levels.ts";
import type { Depth, Device, FamilyName, FilterName } from "./device.ts";

/** One option of an encoder with its value. */
export type Option = readonly [flag: `-${string}`, value: string];

/** One filter with its options. */
export interface Filter {
  readonly name: string;
  readonly options: readonly (readonly [key: string, value: string])[];
}

/** What is wanted of an encoder, in nobody's words. */
export interface Intent {
  readonly rate:
    | { readonly kind: "quality"; readonly factor: number }
    | { readonly kind: "bitrate"; readonly kbps: number }
    /** A quality below a ceiling over one second. */
    | { readonly kind: "capped"; readonly factor: number; readonly maxKbps: number };
  readonly speed: "fast" | "balanced" | "thorough";
  /** At most so many frames apart; or exactly there, each closed, and nowhere else. */
  readonly keyFrames: { readonly apart: number } | { readonly exactly: KeyFrames };
  readonly depth: Depth;
  /** Pinned where parts have to fit each other; null: as the encoder likes. */
  readonly profile: string | null;
  readonly level: string | null;
}

/** How one encoder of a family is asked. */
export interface DeviceEncoder {
  /** ffmpeg's name. */
  readonly name: string;
  readonly codec: VideoCodec;
  /** The shortest side that it takes, pixels. */
  readonly minimumSide: number;
  readonly depths: readonly Depth[];
  /** What qualities 0 and 100 are on its own scale. */
  readonly scale: readonly [worst: number, best: number];
  readonly profile: (depth: Depth) => string | null;
  readonly level: (load: Load) => string | null;
  /** Ways of asking, richest first: drivers differ in what they refuse. The proof finds the first that passes. */
  readonly variants: readonly string[];
  readonly options: (intent: Intent, variant: string) => readonly Option[];
}

/** One way to do a step on the device. */
export interface Recipe<Wish> {
  /** By which a proof remembers it. */
  readonly name: string;
  /** Filters, or their options as `filter.option`, without which it is none. */
  readonly needs: readonly string[];
  readonly depths: readonly Depth[];
  readonly write: (wish: Wish) => readonly Filter[];
}

/** What frames tell of their colours, by setparams' names. */
export type ColorTag = "color_primaries" | "color_trc" | "colorspace";

/** What has to be known of each step. */
export interface StepWishes {
  readonly scale: { readonly size: Size; readonly format: string; readonly untold: readonly ColorTag[] };
  readonly pad: { readonly size: Size; readonly untold: readonly ColorTag[] };
  readonly turn: { readonly turn: 90 | 180 | 270; readonly untold: readonly ColorTag[] };
  readonly deinterlace: object;
  readonly toneMap: { readonly format: string };
  /** Over a mark that is as large as the picture. */
  readonly overlay: object;
}

/** Ways to do each step, best first. */
export type DeviceFilters = { readonly [Name in FilterName]: readonly Recipe<StepWishes[Name]>[] };

/** A way of ffmpeg to work on devices, with everything that has to be known of it. */
export interface DeviceFamily {
  readonly name: FamilyName;
  /** As people call it. */
  readonly title: string;
  /** Opens the device under the name `dev`, for filters too. */
  readonly open: (device: Pick<Device, "address">) => readonly string[];
  /** Of an input: its pictures are decoded on the device and stay there. Null where it decodes nothing. */
  readonly decode: readonly string[] | null;
  /** What decoded pictures are, once they are taken down. */
  readonly decoded: Readonly<Record<Depth, string>>;
  /** What pictures are worked on and encoded as. */
  readonly worked: Readonly<Record<Depth, string>>;
  /** Whether its scaler changes the depth as well. */
  readonly converts: boolean;
  /** The way up; empty where the encoder takes pictures from memory. */
  readonly upload: readonly Filter[];
  /** The last filters of a mark before it goes up. */
  readonly mark: readonly Filter[];
  readonly filters: DeviceFilters;
  readonly encoders: readonly DeviceEncoder[];
}

export function filter(name: string, options: Readonly<Record<string, string | number>> = {}): Filter {
  return { name, options: Object.entries(options).map(([key, value]) => [key, String(value)] as const) };
}

export const noFilters: DeviceFilters = { scale: [], pad: [], turn: [], deinterlace: [], toneMap: [], overlay: [] };
