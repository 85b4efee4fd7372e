import type { Circumstances } from "../commands.ts";
import { rankOf } from "../rank.ts";
import type { TaskRecord } from "../records.ts";
import type { Draft } from "./draft.ts";

/**
 * Of lined tasks of one job, that wait for nothing, brings into its lane what has nothing before it. Of those that need
 * the same and were never leased one at a time stands there, the front: so jobs take turns, not tasks.
 */
export function lineUp(draft: Draft, lined: readonly TaskRecord[], hasFront: (needs: string) => boolean): void {
  for (const [needs, alike] of Map.groupBy(lined, (task) => task.needs)) {
    const [first] = alike.toSorted((a, b) => a.order - b.order || (a.taskId < b.taskId ? -1 : 1));
    if (!first || hasFront(needs)) continue;
    draft.putTask({ ...first, state: first.readyAt > draft.now ? "delayed" : "ready" });
  }
}

/**
 * One task less that this one waits for. With the last it takes its turn, by the rank that it was made with: what ends
 * an old job goes before newer ones.
 */
export function unblock(draft: Draft, taskId: string, { now, settings }: Circumstances): void {
  const task = draft.task(taskId);
  if (task?.state !== "blocked") return;
  const waits = task.waits - 1;
  if (waits > 0) {
    draft.putTask({ ...task, waits });
    return;
  }
  const lined: TaskRecord = { ...task, waits, state: "lined", readyAt: now, queueDeadlineAt: now + settings.queuedMs };
  draft.putTask(lined);
  lineUp(draft, [lined], (needs) => draft.hasFront(lined.jobId, needs));
}

/**
 * After the first lease of a task: the next in its line comes into the lane, as if it had just arrived. It goes back by
 * a millisecond at least, so that jobs take turns within one, too.
 */
export function promoteNext(draft: Draft, leased: TaskRecord, { now, settings }: Circumstances): void {
  const next = draft.before.firstLined(leased.jobId, leased.needs);
  if (!next) return;
  const rank = Math.max(rankOf(now, next.priority, settings), leased.rank) + 1;
  draft.putTask({ ...next, state: "ready", readyAt: now, rank, queueDeadlineAt: now + settings.queuedMs });
}
