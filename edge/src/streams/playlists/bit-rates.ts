/** A segment as rates are counted: seconds and bytes. */
export type Span = readonly [seconds: number, bytes: number];

export interface MeasuredRates {
  readonly peak: number;
  readonly average: number;
}

/**
 * Peak and average bits per second of a list of segments. The peak is the highest rate of any run of segments that lasts
 * 0.5 to 1.5 target durations (RFC 8216 §4.1); where no run does, it is the highest rate of one segment.
 */
export function measuredRates(segments: readonly Span[], targetSeconds: number): MeasuredRates {
  const average = rateOf(total(segments, 1), total(segments, 0));
  const peak = peakOfRuns(segments, targetSeconds) || highestRate(segments);
  return { peak: Math.ceil(Math.max(peak, average)), average: Math.ceil(average) };
}

function peakOfRuns(segments: readonly Span[], targetSeconds: number): number {
  let peak = 0;
  for (let first = 0; first < segments.length; first++) {
    let [seconds, bytes] = [0, 0];
    for (let index = first; index < segments.length; index++) {
      const [length, size] = segments[index] ?? [0, 0];
      seconds += length;
      bytes += size;
      if (seconds > 1.5 * targetSeconds) break;
      if (seconds >= 0.5 * targetSeconds) peak = Math.max(peak, rateOf(bytes, seconds));
    }
  }
  return peak;
}

function highestRate(segments: readonly Span[]): number {
  return segments.reduce((highest, [seconds, bytes]) => Math.max(highest, rateOf(bytes, seconds)), 0);
}

function total(segments: readonly Span[], which: 0 | 1): number {
  return segments.reduce((sum, span) => sum + span[which], 0);
}

function rateOf(bytes: number, seconds: number): number {
  return seconds > 0 ? (bytes * 8) / seconds : 0;
}

/** Seconds of the longest segment; 0 of none. */
export function longestOf(segments: readonly Span[]): number {
  return segments.reduce((longest, [seconds]) => Math.max(longest, seconds), 0);
}
