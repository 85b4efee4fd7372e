/** What a chart's upright axis shows: from 0 up to `top`, which is no less than any value, with a line at each of `ticks`. */
export interface Scale {
  readonly top: number;
  readonly ticks: readonly number[];
}

const steps = [1, 2, 2.5, 5, 10];
const linesAtMost = 4;

/** An axis that holds the largest value, in steps that one reads easily; each is some times `least`. */
export function scaleFor(largest: number, least: number): Scale {
  const wanted = Math.max(largest, least) / linesAtMost;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const fits = (step: number) => step >= wanted && Number.isInteger(Number((step / least).toPrecision(12)));
  const step = steps.map((one) => one * power).find(fits) ?? Math.ceil(wanted / least) * least;
  const count = Math.floor(largest / step + 1e-9) + 1;
  // What comes of adding up tenths is not what one reads.
  const ticks = Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
  return { top: ticks.at(-1) ?? step, ticks };
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const durations = [1, 2, 5, 10, 15, 30].flatMap((count) => [count * second, count * minute]);
const hours = [1, 2, 3, 6, 12, 24, 48, 96, 168].map((count) => count * hour);

/** The same for times, milliseconds: in steps of seconds, minutes and hours as clocks have them. */
export function durationScaleFor(largestMs: number): Scale {
  const wanted = Math.max(largestMs, second) / linesAtMost;
  const step =
    [...durations, ...hours].sort((a, b) => a - b).find((one) => one >= wanted) ?? Math.ceil(wanted / hour) * hour;
  const count = Math.floor(largestMs / step) + 1;
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * step);
  return { top: ticks.at(-1) ?? step, ticks };
}
