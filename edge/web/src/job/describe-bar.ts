import { formatDuration } from "@reelway/shared/cli/terminal/units";
import { clockTime } from "../parts/units.ts";
import { outcomeWords } from "./attempt-outcome.ts";
import type { Bar } from "./gantt-rows.ts";
import { partName } from "./part-name.ts";

const states: Readonly<Record<string, string>> = { done: "done", leased: "under way" };

/** What a bar says to who points at it, in one sentence. */
export function describeBar({ task, hedge, ended, from, to }: Bar, runner: string): string {
  const isOpen = ended === null && task.state === "leased";
  const times = `${clockTime(from)}–${isOpen ? "now" : clockTime(to)} (${formatDuration(to - from)})`;
  const attempt = ended?.attempt ?? task.attempt;
  const error = ended?.error ?? null;
  return [
    `${partName(task.part)}${hedge ? ", second runner" : ""}: ${ended ? outcomeWords[ended.outcome] : (states[task.state] ?? "tried")}`,
    runner,
    ...(attempt > 0 ? [`attempt ${attempt}`] : []),
    times,
    ...(error === null ? [] : [`${error.code}: ${error.message}`]),
  ].join(" · ");
}
