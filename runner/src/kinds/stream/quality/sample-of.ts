/** Which moments of a part stand for all of it. */
export interface Moments {
  /** Seconds from its beginning. */
  readonly from: readonly number[];
  readonly picturesEach: number;
}

/** A sample is about this share of its part: all probes together are a fraction of the part's own encode. */
const share = 1 / 12;
const momentSeconds = 1;
const momentsMin = 2;
const momentsMax = 12;
/** Fewer pictures say nothing, as an encoder begins each moment with a key frame. */
const picturesMin = 8;

/** Moments at equal distances, none at the very beginning or end, each as long as a group of pictures or shorter. */
export function sampleOf(length: number, fps: number, grid: number | null): Moments {
  const count = Math.min(momentsMax, Math.max(momentsMin, Math.round((length * share) / momentSeconds)));
  const seconds = Math.min(momentSeconds, (length * share) / count);
  const pictures = Math.max(picturesMin, Math.round(seconds * fps));
  // A moment holds whole groups, or a part of one.
  const picturesEach = grid !== null && grid < pictures ? Math.floor(pictures / grid) * grid : pictures;
  const free = Math.max(0, length - (picturesEach * count) / fps);
  const from = Array.from({ length: count }, (_, place) => (length * place) / count + free / count / 2);
  return { from: from.map((start) => Math.max(0, start)), picturesEach };
}
