/** A segment as rates are counted: seconds and bytes. */
export type Span = readonly [seconds: number, bytes: number];

export interface MeasuredRates {
  readonly peak: number;
  readonly average: number;
}

/**
 * Peak and average bits per second of a list of segments. The peak is the highest rate of any run of segments that lasts
 * 0.5 to 1.5 target durations (RFC 8216 §4.1); where no run does, it is the highest rate of one segment. Time goes with
 * the number of segments, whatever a runner says that they last.
 */
export function measuredRates(segments: readonly Span[], targetSeconds: number): MeasuredRates {
  const average = rateOf(segments, 0, segments.length);
  const peak = peakOfRuns(segments, targetSeconds) || highestRate(segments);
  return { peak: Math.ceil(Math.max(peak, average)), average: Math.ceil(average) };
}

/** Sums of durations that meet a bound but for the last bits of a float meet it. */
const ROUNDING_SECONDS = 1e-6;

/**
 * Each round finds the run that has the most beyond the best rate so far, which is one of a higher rate if there is any
 * (Dinkelbach's method): a handful of rounds, of one pass each.
 */
function peakOfRuns(segments: readonly Span[], targetSeconds: number): number {
  for (let peak = 0; ; ) {
    const run = richestRun(segments, targetSeconds, peak);
    const found = run ? rateOf(segments, ...run) : 0;
    if (found <= peak) return peak;
    peak = found;
  }
}

/** A place between segments: how many stand before it, their seconds, and their bits beyond what a rate comes to. */
interface Mark {
  readonly position: number;
  readonly seconds: number;
  readonly surplus: number;
}

/** The places before, between and behind the segments. */
function marksOf(segments: readonly Span[], rate: number): Mark[] {
  let mark: Mark = { position: 0, seconds: 0, surplus: 0 };
  const marks = [mark];
  for (const [length, bytes] of segments) {
    // Key frames may be shown in another order than they are decoded in: no time passes between such.
    const seconds = Math.max(length, 0);
    mark = {
      position: mark.position + 1,
      seconds: mark.seconds + seconds,
      surplus: mark.surplus + (bytes * 8 - rate * seconds),
    };
    marks.push(mark);
  }
  return marks;
}

type Run = readonly [from: number, to: number];

/** The run of 0.5 to 1.5 target durations that has the most bits beyond `rate`. */
function richestRun(segments: readonly Span[], targetSeconds: number, rate: number): Run | null {
  const [least, most] = [0.5 * targetSeconds - ROUNDING_SECONDS, 1.5 * targetSeconds + ROUNDING_SECONDS];
  const marks = marksOf(segments, rate);
  // Starts that are far enough from the end in question: the first is the best, each behind it a worse one that stays longer.
  const candidates: Mark[] = [];
  let [first, next] = [0, 0];
  let best: { readonly surplus: number; readonly run: Run } | null = null;
  for (const end of marks.slice(1)) {
    for (let start = marks[next]; start && start.position < end.position; start = marks[++next]) {
      if (end.seconds - start.seconds < least) break;
      while (candidates.length > first && (candidates.at(-1)?.surplus ?? 0) >= start.surplus) candidates.pop();
      candidates.push(start);
    }
    while (end.seconds - (candidates[first]?.seconds ?? end.seconds) > most) first++;
    const start = candidates[first];
    if (start && end.surplus - start.surplus > (best?.surplus ?? Number.NEGATIVE_INFINITY))
      best = { surplus: end.surplus - start.surplus, run: [start.position, end.position] };
  }
  return best?.run ?? null;
}

function highestRate(segments: readonly Span[]): number {
  return segments.reduce((highest, _, index) => Math.max(highest, rateOf(segments, index, index + 1)), 0);
}

/** Bits per second of the segments from one place to another. */
function rateOf(segments: readonly Span[], from: number, to: number): number {
  let [seconds, bytes] = [0, 0];
  for (let index = from; index < to; index++) {
    const [length, size] = segments[index] ?? [0, 0];
    seconds += length;
    bytes += size;
  }
  return seconds > 0 ? (bytes * 8) / seconds : 0;
}

/** Seconds of the longest segment; 0 of none. */
export function longestOf(segments: readonly Span[]): number {
  return segments.reduce((longest, [seconds]) => Math.max(longest, seconds), 0);
}
