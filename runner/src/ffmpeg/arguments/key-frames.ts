/** Where an encoder makes key frames: at each `grid`-th picture, at these pictures, or each so many seconds. */
export type KeyFrames =
  | { readonly grid: number }
  | { readonly pictures: readonly number[] }
  | { readonly seconds: number; readonly fps: number };

/** ffmpeg's expression of where key frames go; null where a grid says it. */
export function forcedAt(keyFrames: KeyFrames): string | null {
  if ("grid" in keyFrames) return null;
  return "pictures" in keyFrames
    ? `expr:${keyFrames.pictures.map((picture) => `eq(n,${picture})`).join("+")}`
    : `expr:gte(t,n_forced*${keyFrames.seconds})`;
}

/** Further apart than any part is long. */
const never = 1_000_000;

/** The distance that an encoder is told: where key frames are forced, none that it would come to by itself. */
export function gridOf(keyFrames: KeyFrames): number {
  return "grid" in keyFrames ? keyFrames.grid : never;
}
