import { expect, test } from "vitest";
import { measuredRates, type Span } from "../src/streams/playlists/bit-rates.ts";

test("a short last segment does not make the peak", () => {
  const segments: Span[] = [
    [4, 4_000],
    [4, 8_000],
    [0.1, 2_000],
  ];
  expect(measuredRates(segments, 4).peak).toBe(19_513);
  expect(measuredRates([[1, 1_000]], 4)).toEqual({ peak: 8_000, average: 8_000 });
});

test("the peak is that of the best run of all", () => {
  const roll = dice();
  for (let round = 0; round < 1_000; round++) {
    const segments = Array.from({ length: 1 + roll(40) }, (): Span => [roll(48) / 8, roll(5_000)]);
    const target = 1 + roll(6);
    const rates = runsOf(segments, target).map(rateOf);
    const peak = rates.length > 0 ? Math.max(...rates) : Math.max(...segments.map((segment) => rateOf([segment])));
    const expected = Math.ceil(Math.max(peak, rateOf(segments)));
    expect(measuredRates(segments, target).peak, JSON.stringify({ segments, target })).toBe(expected);
  }
});

test("key frames of one time, as many as a hostile runner may tell of, take no longer than others", () => {
  const crowd: Span[] = Array.from({ length: 250_000 }, () => [0, 100]);
  expect(measuredRates([...crowd, [60, 100]], 60).peak).toBe(3_333_347);
  const dense: Span[] = Array.from({ length: 250_000 }, () => [1 / 65_536, 100]);
  expect(measuredRates(dense, 10)).toEqual({ peak: 52_428_800, average: 52_428_800 });
});

/** The same numbers below a bound in each run. */
function dice(): (below: number) => number {
  let state = 7;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function runsOf(segments: readonly Span[], target: number): Span[][] {
  const runs = segments.flatMap((_, from) =>
    segments.slice(from).map((_, more) => segments.slice(from, from + more + 1)),
  );
  return runs.filter((run) => {
    const seconds = run.reduce((sum, [length]) => sum + length, 0);
    return seconds > 0 && seconds >= 0.5 * target && seconds <= 1.5 * target;
  });
}

function rateOf(run: readonly Span[]): number {
  const [seconds, bytes] = run.reduce(([length, size], [more, further]) => [length + more, size + further], [0, 0]);
  return seconds > 0 ? (bytes * 8) / seconds : 0;
}
