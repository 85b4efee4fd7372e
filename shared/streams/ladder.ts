import type { VideoStream } from "../contracts/media-info.ts";
import type { Rung, StreamCodec } from "../contracts/stream-spec.ts";

/** One rung of a ladder, fitted to a source. Sizes in pixels, even, after rotation and with square pixels. */
export interface FittedRung {
  /** What people call it, such as `720p`. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Ceiling of its bit rate. */
  readonly maxKbps: number;
}

/** Ceilings for H.264 at up to 30 frames a second, by the shorter side, near those that Apple recommends. */
const h264Kbps: readonly (readonly [shortSide: number, kbps: number])[] = [
  [234, 300],
  [360, 730],
  [432, 1_100],
  [540, 2_000],
  [720, 3_000],
  [1_080, 6_000],
  [1_440, 10_000],
  [2_160, 20_000],
  [4_320, 50_000],
];
/** What the same picture takes of H.264's bits. */
const codecShare: Readonly<Record<StreamCodec, number>> = { h264: 1, h265: 0.7, vp9: 0.7, av1: 0.58 };
/** Above 30 frames a second. */
const fastShare = 1.4;

const defaultSides = [2_160, 1_440, 1_080, 720, 540, 360];
/** A rung that is no smaller than this share of the one above it is left out. */
const tooNear = 0.85;

export interface LadderWish {
  readonly codec: StreamCodec;
  readonly ladder?: readonly Rung[] | undefined;
  readonly shortSideMax?: number | undefined;
}

/**
 * The rungs for a source, largest first: never larger than it, and at least one. A source between two sizes gets a top
 * rung of its own size, unless the next one is nearly as large.
 */
export function fitLadder(source: Pick<VideoStream, "width" | "height" | "fps">, wish: LadderWish): FittedRung[] {
  const { width, height } = source;
  const own = Math.min(width, height);
  const ceiling = Math.min(own, wish.shortSideMax ?? own);
  const rungs = wish.ladder ? fitted(wish.ladder, ceiling) : fittedDefault(ceiling);
  const fast = (source.fps ?? 0) > 31;
  return rungs.map(({ shortSide, maxKbps }) => {
    const scale = shortSide / own;
    return {
      name: `${shortSide}p`,
      width: even(width * scale),
      height: even(height * scale),
      maxKbps: maxKbps ?? ceilingKbps(shortSide, wish.codec, fast),
    };
  });
}

/** What was asked for, as far as the source is that large; else its own size alone. */
function fitted(wanted: readonly Rung[], ceiling: number): Rung[] {
  const fitting = wanted.filter(({ shortSide }) => shortSide <= ceiling).sort((a, b) => b.shortSide - a.shortSide);
  return fitting.length > 0 ? fitting : [{ shortSide: ceiling - (ceiling % 2) }];
}

/** The common sizes, below the source's own where that lies well above the nearest of them. */
function fittedDefault(ceiling: number): Rung[] {
  const common = defaultSides.filter((side) => side <= ceiling).map((shortSide): Rung => ({ shortSide }));
  const isNear = (common[0]?.shortSide ?? 0) >= ceiling * tooNear;
  return isNear ? common : [{ shortSide: ceiling - (ceiling % 2) }, ...common];
}

function even(pixels: number): number {
  return Math.max(2, Math.round(pixels / 2) * 2);
}

/** Between two sizes of the table, by area. */
function ceilingKbps(shortSide: number, codec: StreamCodec, fast: boolean): number {
  const above = h264Kbps.findIndex(([side]) => side >= shortSide);
  const [highSide, highKbps] = h264Kbps[above < 0 ? h264Kbps.length - 1 : above] ?? [shortSide, 1_000];
  const [lowSide, lowKbps] = h264Kbps[Math.max(0, above - 1)] ?? [highSide, highKbps];
  const span = highSide ** 2 - lowSide ** 2;
  const kbps = span === 0 ? highKbps : lowKbps + ((highKbps - lowKbps) * (shortSide ** 2 - lowSide ** 2)) / span;
  return Math.max(100, Math.round((kbps * codecShare[codec] * (fast ? fastShare : 1)) / 10) * 10);
}
