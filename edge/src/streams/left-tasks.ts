import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { PlannedTask } from "./plan-tasks.ts";

/**
 * The tasks of a plan that are still to do, where earlier runs have kept these parts of it. `finish` always is, and so is
 * what measures pictures that are made anew. What would unblock a kept task unblocks what comes after it.
 */
export function leftTasks(planned: readonly PlannedTask[], kept: ReadonlySet<string>): PlannedTask[] {
  const isLeft = ({ part }: PlannedTask) =>
    part === "finish" || !kept.has(part) || (isMeasure(part) && !kept.has(measuredPart(part)));
  const left = planned.filter(isLeft);
  const ids = new Set(left.map(({ task }) => task.taskId));
  const successors = new Map(planned.map(({ task }) => [task.taskId, task.unblocks]));
  const nextLeft = (taskId: string): string => {
    if (ids.has(taskId)) return taskId;
    const next = successors.get(taskId);
    if (next === undefined) throw new ReelwayError("internal", `nothing that is left comes after ${taskId}`);
    return nextLeft(next);
  };
  return left.map(({ task, ...planned }) => {
    const { unblocks } = task;
    return { ...planned, task: unblocks === undefined ? task : { ...task, unblocks: nextLeft(unblocks) } };
  });
}

const isMeasure = (part: string) => part.startsWith("quality:");

/** The part whose pictures this one measures. */
export function measuredPart(part: string): string {
  return part.replace(/^quality:/, "encode:");
}
