import { formatDuration } from "@reelway/shared/cli/terminal/units";
import { clockTime } from "../parts/units.ts";
import type { Bar } from "./gantt-rows.ts";
import { partName } from "./part-name.ts";

const ends: Readonly<Record<string, string>> = {
  done: "done",
  leased: "under way",
  dead: "failed",
  canceled: "canceled",
};

/** What a bar says to who points at it, in one sentence. */
export function describeBar({ task, hedge, from, to }: Bar, runner: string): string {
  const times = `${clockTime(from)}–${task.state === "leased" ? "now" : clockTime(to)} (${formatDuration(to - from)})`;
  return [
    `${partName(task.part)}${hedge ? ", second runner" : ""}: ${ends[task.state] ?? "tried"}`,
    runner,
    ...(task.attempt > 0 ? [`attempt ${task.attempt}`] : []),
    times,
    ...(task.error === null ? [] : [`${task.error.code}: ${task.error.message}`]),
  ].join(" · ");
}
