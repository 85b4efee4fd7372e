import type { TargetQuality } from "@reelway/shared/contracts/target-quality";
import { describe, expect, it } from "vitest";
import {
  chosenFactor,
  type FactorScale,
  nextFactor,
  type Probe,
  probesMax,
} from "../../../src/kinds/stream/quality/rate-search.ts";

const scale: FactorScale = { start: 22, best: 12, worst: 39, step: 0.5 };
const vmaf = (value: number): TargetQuality => ({ metric: "vmaf", value });
const ssim = (value: number): TargetQuality => ({ metric: "ssim", value });

/** Searches a picture whose score with each factor is known. */
function search(scoreOf: (rateFactor: number) => number, target: TargetQuality, of = scale) {
  const probes: Probe[] = [];
  for (let next = nextFactor(probes, target, of); next !== null; next = nextFactor(probes, target, of))
    probes.push({ rateFactor: next, score: scoreOf(next) });
  const chosen = chosenFactor(probes, target, of);
  if (chosen === null) throw new Error("nothing was probed");
  return { ...chosen, probes: probes.map(({ rateFactor }) => rateFactor), real: scoreOf(chosen.rateFactor) };
}

/** Falls slowly at first, then faster: as VMAF does. */
const vmafCurve = (hardness: number) => (factor: number) => 100 - hardness * ((factor - 8) / 10) ** 2;
const ssimCurve = (decibels: number) => (factor: number) => 1 - 10 ** (-(decibels - 0.35 * (factor - 22)) / 10);

describe("the search for a rate factor", () => {
  it.each([1, 2, 4, 8])("comes within one point of VMAF on a curve of hardness %d, or to its bound", (hardness) => {
    for (const value of [80, 88, 93, 96]) {
      const found = search(vmafCurve(hardness), vmaf(value));
      const isBound = found.rateFactor === scale.best || found.rateFactor === scale.worst;
      if (!isBound) expect(Math.abs(found.real - value)).toBeLessThan(1);
      if (!isBound) expect(Math.abs(found.predicted - found.real)).toBeLessThan(1);
      expect(found.probes.length).toBeLessThanOrEqual(probesMax);
    }
  });

  it.each([14, 17, 20])("finds SSIM on a straight line of decibels that begins at %d with few probes", (decibels) => {
    const found = search(ssimCurve(decibels), ssim(0.975));
    expect(Math.abs(found.real - 0.975)).toBeLessThan(0.001);
    expect(found.probes.length).toBeLessThanOrEqual(3);
  });

  it("is content with the first probe that is near", () => {
    expect(search(() => 94.2, vmaf(94))).toMatchObject({ rateFactor: 22, predicted: 94.2, probes: [22] });
  });

  it("stops at the bounds: pictures that are perfect with any factor, and ones that are never good", () => {
    expect(search(() => 99, vmaf(80))).toMatchObject({ rateFactor: 39 });
    expect(search((factor) => 60 - factor, vmaf(90))).toMatchObject({ rateFactor: 12 });
  });

  it("does not go on where better factors bring nothing, because a ceiling holds the picture down", () => {
    const capped = search((factor) => Math.min(70, 110 - 2 * factor), vmaf(90));
    expect(capped.probes.length).toBeLessThan(probesMax);
    expect(capped.real).toBe(70);
  });

  it("takes whole steps of the encoder's scale, each once", () => {
    const whole = search(vmafCurve(3), vmaf(90), { start: 31, best: 17, worst: 53, step: 1 });
    expect([...whole.probes, whole.rateFactor].every(Number.isInteger)).toBe(true);
    expect(new Set(whole.probes).size).toBe(whole.probes.length);
  });

  it("has nothing to choose from without any probe", () => {
    expect(chosenFactor([], vmaf(90), scale)).toBeNull();
  });
});
