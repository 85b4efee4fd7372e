import type { PartFindings, QualityReport, RenditionQuality, TitleQuality } from "../contracts/quality.ts";
import type { PlannedVideo } from "../contracts/stream-plan.ts";
import type { TargetQuality } from "../contracts/target-quality.ts";

type Rung = Pick<PlannedVideo["renditions"][number], "id" | "name" | "width" | "height">;
type Chunk = QualityReport["chunks"][number];
type Scores = Chunk["renditions"][number];
type Score = NonNullable<TitleQuality["ssim"]>;

/** What is known of a title, out of what its parts found: `encode:N` their rate factors, `quality:N` their figures. */
export function qualityReport(
  title: { readonly target: TargetQuality | null; readonly renditions: readonly Rung[] },
  findings: readonly PartFindings[],
): QualityReport {
  const byPlace = Map.groupBy(findings, ({ part }) => part.split(":")[1] ?? "");
  const chunks = [...byPlace]
    .map(([place, found]) => chunkOf(place, found, title.renditions))
    .sort((a, b) => (a.ordinal ?? 0) - (b.ordinal ?? 0));
  return { target: title.target, chunks, renditions: title.renditions.map((rung) => titleOf(rung, chunks)) };
}

function chunkOf(place: string, found: readonly PartFindings[], renditions: readonly Rung[]): Chunk {
  const quality = found.find((part) => part.quality !== undefined)?.quality;
  const factors = found.find((part) => part.factors !== undefined)?.factors;
  const [startSeconds, endSeconds] = quality?.seconds ?? factors?.seconds ?? [0, 0];
  return {
    ...{ ordinal: place === "whole" ? null : Number(place), startSeconds, endSeconds },
    unmeasured: quality?.unmeasured ?? null,
    renditions: renditions.map(({ id }) => {
      const chosen = factors?.renditions.find((one) => one.id === id);
      const { id: _, ...scores } = quality?.renditions.find((one) => one.id === id) ?? none;
      const { rateFactor = null, probes = null, predicted = null } = chosen ?? {};
      return { id, rateFactor, probes, predicted, ...scores };
    }),
  };
}

const none = { id: "", pictures: null, ssim: null, psnr: null, vmaf: null };

function titleOf({ id, name, width, height }: Rung, chunks: readonly Chunk[]): TitleQuality {
  const own = chunks.flatMap(({ renditions }) => renditions.filter((rendition) => rendition.id === id));
  const measured = own.filter(isMeasured);
  const withVmaf = measured.flatMap(({ pictures, vmaf }) => (vmaf === null ? [] : [{ ...vmaf, pictures }]));
  const factors = own.flatMap(({ rateFactor }) => rateFactor ?? []);
  return {
    ...{ id, name, width, height, pictures: picturesIn(measured) },
    ssim: joined(measured.map(({ pictures, ssim }) => ({ ...ssim, pictures }))),
    psnr: joined(
      measured.map(({ pictures, psnr }) => ({ ...psnr, pictures })),
      decibels,
    ),
    vmaf: joinedVmaf(withVmaf),
    vmafPictures: picturesIn(withVmaf),
    rateFactors: factors.length > 0 ? { least: Math.min(...factors), most: Math.max(...factors) } : null,
  };
}

function isMeasured(scores: Scores): scores is Scores & RenditionQuality {
  return scores.pictures !== null && scores.ssim !== null && scores.psnr !== null;
}

function picturesIn(parts: readonly { readonly pictures: number }[]): number {
  return parts.reduce((sum, { pictures }) => sum + pictures, 0);
}

/** A scale on which means may be added up, and back from it. */
export interface Scale {
  readonly to: (score: number) => number;
  readonly from: (value: number) => number;
}
const plain: Scale = { to: (score) => score, from: (value) => value };
/** The decibels of no error at all. */
export const lossless = 100;
/** A mean of decibels is that of the errors behind them: a picture without any has no weight in it. */
export const decibels: Scale = {
  to: (score) => (score >= lossless ? 0 : 10 ** (-score / 10)),
  from: (error) => (error <= 0 ? lossless : Math.min(lossless, -10 * Math.log10(error))),
};
/** As libvmaf has it, which goes down to 0. */
export const harmonic: Scale = { to: (score) => 1 / (score + 1), from: (value) => 1 / value - 1 };

type Weighed<Part> = Part & { readonly pictures: number };

function joined(parts: readonly Weighed<Score>[], scale: Scale = plain): Score | null {
  const worst = parts.reduce<Score | undefined>(
    (least, part) => (least && least.min <= part.min ? least : part),
    undefined,
  );
  if (worst === undefined) return null;
  const mean = meanOf(
    parts.map(({ mean, pictures }) => ({ value: mean, pictures })),
    scale,
  );
  return { mean: rounded(mean), min: worst.min, worstSeconds: worst.worstSeconds };
}

function joinedVmaf(parts: readonly Weighed<NonNullable<TitleQuality["vmaf"]>>[]): TitleQuality["vmaf"] {
  const score = joined(parts);
  if (score === null) return null;
  const values = parts.map(({ harmonicMean, pictures }) => ({ value: harmonicMean, pictures }));
  return { ...score, harmonicMean: rounded(meanOf(values, harmonic)) };
}

function meanOf(parts: readonly { readonly value: number; readonly pictures: number }[], { to, from }: Scale): number {
  return from(parts.reduce((sum, { value, pictures }) => sum + to(value) * pictures, 0) / picturesIn(parts));
}

/** More digits than any of these metrics means. */
export function rounded(value: number): number {
  return Number(value.toFixed(5));
}
