import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { BudgetRow } from "../store/budgets.ts";
import { dayOf, startOfDay } from "./days.ts";

/** Throws `budget_exhausted` where the row says that its claim goes beyond a limit, with the figure and when it begins anew. */
export function refuseBeyondBudget(row: BudgetRow | undefined, now: number): void {
  const figure = row && exhausted(row);
  if (figure === undefined) return;
  const beginsAnewAt = startOfDay(dayOf(now) + 1);
  const message = `${figure}; its budget begins anew at ${new Date(beginsAnewAt).toISOString()}`;
  throw new ReelwayError("budget_exhausted", message, { retryAfterSeconds: Math.ceil((beginsAnewAt - now) / 1_000) });
}

/** The first figure that stands in the way, in words. */
function exhausted({ beyond, used, jobsPerDay, workMinutesPerDay, bytesPerDay }: BudgetRow): string | undefined {
  if (beyond.jobs)
    return `The tenant has asked for ${used.jobs} of ${jobsPerDay} jobs today, and this is more than are left`;
  if (beyond.workMinutes)
    return `Runners have worked ${Math.floor(used.workMs / 60_000)} minutes for the tenant today, of ${workMinutesPerDay}`;
  if (beyond.bytes)
    return `The tenant has stored ${used.bytes} of ${bytesPerDay} bytes today, and this is more than are left`;
  return undefined;
}
