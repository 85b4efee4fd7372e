import type { VideoSpec } from "@reelway/shared/contracts/transcode-spec";
import { limits } from "@reelway/shared/limits";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How the picture comes to its final size: scaled, then cut or set into bars. */
export interface Geometry {
  readonly scaled: Size;
  readonly crop: Size | null;
  readonly pad: Size | null;
  readonly final: Size;
}

/**
 * The sizes of a result. `source` is the display size after all rotation. Every side is even and at least
 * `minimumSide`: codecs with subsampled colour take no odd sizes.
 */
export function fitPicture(source: Size, spec: VideoSpec, minimumSide: number): Geometry {
  const even = (value: number) => Math.max(minimumSide, 2 * Math.floor((value + 1e-6) / 2));
  const nearestEven = (value: number) => Math.max(minimumSide, 2 * Math.round(value / 2));
  const evenSize = ({ width, height }: Size): Size => ({ width: even(width), height: even(height) });
  const scaleBy = (factor: number): Size => ({
    width: nearestEven(source.width * factor),
    height: nearestEven(source.height * factor),
  });
  const plain = (scaled: Size): Geometry => ({ scaled, crop: null, pad: null, final: scaled });

  const { width, height } = spec;
  const largest = limits.outputDimension;
  const box = evenSize({ width: width ?? largest, height: height ?? largest });
  const inside = Math.min(box.width / source.width, box.height / source.height);

  if (width === undefined && height === undefined)
    return plain(inside < 1 ? within(scaleBy(inside), box) : evenSize(enlargeToMinimum(source, minimumSide)));
  switch (spec.fit ?? "scale-down") {
    case "scale-down":
      return plain(inside >= 1 ? evenSize(source) : within(scaleBy(inside), box));
    case "contain":
      return plain(within(scaleBy(inside), box));
    case "stretch":
      return plain(box);
    case "pad":
      return { scaled: within(scaleBy(inside), box), crop: null, pad: box, final: box };
    case "cover": {
      const cover = scaleBy(Math.max(box.width / source.width, box.height / source.height));
      const scaled = { width: Math.max(cover.width, box.width), height: Math.max(cover.height, box.height) };
      return { scaled, crop: box, pad: null, final: box };
    }
  }
}

/** Rounding to even may step one pixel pair over the box. */
function within(size: Size, box: Size): Size {
  return { width: Math.min(size.width, box.width), height: Math.min(size.height, box.height) };
}

/** A picture smaller than the encoder takes grows as a whole, so that it keeps its shape. */
function enlargeToMinimum(source: Size, minimumSide: number): Size {
  const factor = Math.max(1, minimumSide / Math.min(source.width, source.height));
  return { width: source.width * factor, height: source.height * factor };
}

/** The same picture with sides of this length at most, for whom a small one is enough. */
export function reducedGeometry({ scaled, crop, pad, final }: Geometry, longest: number): Geometry {
  const factor = Math.min(1, longest / Math.max(scaled.width, scaled.height, final.width, final.height));
  const reduced = (size: Size) => reducedSize(size, factor);
  return {
    ...{ scaled: reduced(scaled), final: reduced(final) },
    ...{ crop: crop && reduced(crop), pad: pad && reduced(pad) },
  };
}

/** Even sides, as codecs take them. */
export function reducedSize({ width, height }: Size, factor: number): Size {
  const side = (value: number) => (factor === 1 ? value : Math.max(2, 2 * Math.round((value * factor) / 2)));
  return { width: side(width), height: side(height) };
}
