import { dayTime, minuteTime } from "../units.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });

/** When a step of a chart begins, as short as its length allows. */
export function stepTime(at: number, stepMs: number): string {
  return stepMs < hourMs / 6 ? minuteTime(at) : dayTime(at);
}

/** Where the axis of a chart is marked: at round times of the reader's own clock, at most five of them. */
export function timeTicks(times: readonly number[]): { readonly index: number; readonly label: string }[] {
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const length = last - first;
  const everyMs = [hourMs / 4, 6 * hourMs, 2 * dayMs, 7 * dayMs].find((one) => length / one < 5) ?? 7 * dayMs;
  const label = everyMs < dayMs ? minuteTime : (at: number) => day.format(at);
  const offsetMs = new Date(first).getTimezoneOffset() * 60_000;
  return times.flatMap((at, index) => {
    const before = times[index - 1];
    const slot = (time: number) => Math.floor((time - offsetMs) / everyMs);
    return before === undefined || slot(before) === slot(at) ? [] : [{ index, label: label(at) }];
  });
}
