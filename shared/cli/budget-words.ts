import type { Budget } from "../contracts/tenant.ts";
import { counted } from "../counted.ts";
import { formatBytes } from "./terminal/units.ts";

/** What a tenant may use in a day: "40 jobs, 90 min of work, 1.5 GB". */
export function budgetWords({ jobsPerDay, workMinutesPerDay, bytesPerDay }: Budget): string {
  const limits = [
    ...(jobsPerDay === null ? [] : [counted(jobsPerDay, "job")]),
    ...(workMinutesPerDay === null ? [] : [`${workMinutesPerDay} min of work`]),
    ...(bytesPerDay === null ? [] : [formatBytes(bytesPerDay)]),
  ];
  return limits.length === 0 ? "no limit" : limits.join(", ");
}
