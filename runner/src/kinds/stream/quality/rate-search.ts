import type { TargetQuality } from "@reelway/shared/contracts/target-quality";

/** What a probe found out: with this rate factor the sample scores so. */
export interface Probe {
  readonly rateFactor: number;
  readonly score: number;
}

/** The encoder's scale, on which more is worse. */
export interface FactorScale {
  /** Where the search begins, and what it never goes beyond. */
  readonly start: number;
  readonly best: number;
  readonly worst: number;
  readonly step: number;
}

/** At most so many probes are made of one rendition. */
export const probesMax = 4;

/** Two probes that are no further apart, as a share of the scale, need none between them. */
const straight = 0.26;

/** On its own scale a metric falls about evenly with the rate factor: between two probes it is taken for a straight line. */
const metrics = {
  vmaf: {
    even: (score: number) => score,
    score: (even: number) => Math.min(100, even),
    /** No nearer is looked for. */
    near: 0.5,
    /** From the best factor of an encoder to its worst, about. */
    fall: 45,
  },
  // As decibels of what is lost.
  ssim: {
    even: (score: number) => -10 * Math.log10(Math.max(1e-6, 1 - score)),
    score: (even: number) => 1 - 10 ** (-even / 10),
    near: 0.15,
    fall: 14,
  },
} as const;

/** The factor to try next; null where nothing more is to be found out. */
export function nextFactor(probes: readonly Probe[], target: TargetQuality, scale: FactorScale): number | null {
  if (probes.length === 0) return onScale(scale.start, scale);
  const { even, near } = metrics[target.metric];
  const wanted = even(target.value);
  if (probes.length >= probesMax || probes.some(({ score }) => Math.abs(even(score) - wanted) <= near)) return null;
  const { better, worse } = aroundTarget(probes, target);
  const next = onScale(estimate(probes, target, scale), scale);
  if (probes.some(({ rateFactor }) => rateFactor === next)) return null;
  const isStraight = (worse?.rateFactor ?? 0) - (better?.rateFactor ?? 0) <= straight * (scale.worst - scale.best);
  if (better && worse && isStraight) return null;
  return isCeiling(probes, target, scale) ? null : next;
}

/** The factor to encode with, and the score that the probes let expect. */
export function chosenFactor(
  probes: readonly Probe[],
  target: TargetQuality,
  scale: FactorScale,
): { readonly rateFactor: number; readonly predicted: number } | null {
  const { even, score, near } = metrics[target.metric];
  const wanted = even(target.value);
  const away = (probe: Probe) => Math.abs(even(probe.score) - wanted);
  // Of two that score the same the one that takes fewer bits.
  const [nearest] = [...probes].sort((a, b) => away(a) - away(b) || b.rateFactor - a.rateFactor);
  if (nearest === undefined) return null;
  const { better, worse } = aroundTarget(probes, target);
  if (away(nearest) <= near || !better || !worse) return { rateFactor: nearest.rateFactor, predicted: nearest.score };
  const rateFactor = onScale(estimate(probes, target, scale), scale);
  const share = (rateFactor - better.rateFactor) / (worse.rateFactor - better.rateFactor);
  return { rateFactor, predicted: score(even(better.score) + share * (even(worse.score) - even(better.score))) };
}

/** The probes next to the target on either side. */
function aroundTarget(probes: readonly Probe[], { value }: TargetQuality) {
  const inOrder = [...probes].sort((a, b) => a.rateFactor - b.rateFactor);
  return {
    better: inOrder.findLast(({ score }) => score >= value),
    worse: inOrder.find(({ score }) => score < value),
  };
}

/** Where the target lies by the probes so far: between two of them, or as far beyond as their line says. */
function estimate(probes: readonly Probe[], target: TargetQuality, scale: FactorScale): number {
  const { even, fall } = metrics[target.metric];
  const { better, worse } = aroundTarget(probes, target);
  const { from, to, nearest } = better && worse ? { from: better, to: worse, nearest: better } : beyond(probes, target);
  const run = to.rateFactor - from.rateFactor;
  const drop = even(from.score) - even(to.score);
  const usual = fall / (scale.worst - scale.best);
  const slope = run > 0 && drop > 0 ? drop / run : usual;
  // A line of two probes that are close together may be nearly flat: so little of what is usual is believed, and no less.
  const believed = better && worse ? slope : Math.max(slope, usual / 8);
  return nearest.rateFactor + (even(nearest.score) - even(target.value)) / believed;
}

/** All probes are on one side of the target: the two that are nearest to it, and which of them is nearer. */
function beyond(probes: readonly Probe[], { value }: TargetQuality): Record<"from" | "to" | "nearest", Probe> {
  const inOrder = [...probes].sort((a, b) => a.rateFactor - b.rateFactor);
  const isBelow = inOrder.every(({ score }) => score < value);
  const [from, to = from] = isBelow ? inOrder.slice(0, 2) : inOrder.slice(-2);
  if (from === undefined || to === undefined) throw new TypeError("nothing was probed");
  return { from, to, nearest: isBelow ? from : to };
}

/** A better factor brought no more: the rendition's ceiling of bits is what holds it down. */
function isCeiling(probes: readonly Probe[], target: TargetQuality, scale: FactorScale): boolean {
  const { even, near } = metrics[target.metric];
  const [best, second] = [...probes].sort((a, b) => a.rateFactor - b.rateFactor);
  if (best === undefined || second === undefined || best.score >= target.value) return false;
  const isFar = second.rateFactor - best.rateFactor >= 2 * scale.step;
  return isFar && even(best.score) - even(second.score) < near / 4;
}

function onScale(factor: number, { best, worst, step }: FactorScale): number {
  return Math.min(worst, Math.max(best, Math.round(factor / step) * step));
}
