import { ReelwayError } from "../../errors/reelway-error.ts";
import type { NewTask } from "../commands.ts";

/**
 * Throws `internal` where new tasks wait for one another in a circle: nothing would ever end them. What waits for a
 * task that was there before them can be in none.
 */
export function refuseEndlessWaits(tasks: readonly NewTask[]): void {
  const waits = new Map<string, number>();
  for (const { unblocks } of tasks) if (unblocks !== undefined) waits.set(unblocks, (waits.get(unblocks) ?? 0) + 1);
  const byId = new Map(tasks.map((task) => [task.taskId, task]));
  const beginning = tasks.filter(({ taskId }) => !waits.has(taskId));
  // Grows on the way, by what has nothing left to wait for.
  for (const { unblocks } of beginning) {
    const next = unblocks === undefined ? undefined : byId.get(unblocks);
    if (!next) continue;
    const left = (waits.get(next.taskId) ?? 0) - 1;
    waits.set(next.taskId, left);
    if (left === 0) beginning.push(next);
  }
  const endless = tasks.length - beginning.length;
  if (endless > 0) throw new ReelwayError("internal", `${endless} tasks wait for one another`);
}
