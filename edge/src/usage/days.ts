import type { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { invalidField } from "../http/invalid-field.ts";
import type { DaySpan } from "../store/usage.ts";

const DAY_MS = 86_400_000;

/** Days since the epoch, by UTC. */
export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS);
}

/** The first moment of a day, milliseconds since the epoch. */
export function startOfDay(day: number): number {
  return day * DAY_MS;
}

export function formatDay(day: number): string {
  return new Date(startOfDay(day)).toISOString().slice(0, 10);
}

/** The days that are asked for, the last ones where nothing is said. Throws `invalid_request`. */
export function spanOf(
  asked: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: number,
): DaySpan {
  const to = asked.to === undefined ? dayOf(now) : dayOf(Date.parse(asked.to));
  const from = asked.from === undefined ? to - limits.usageDays + 1 : dayOf(Date.parse(asked.from));
  if (from > to) throw refusal("must not lie behind `to`");
  if (to - from >= limits.usageDaysMax) throw refusal(`at most ${limits.usageDaysMax} days are told at once`);
  return { from, to };
}

function refusal(message: string): ReelwayError {
  return invalidField("from", message);
}
