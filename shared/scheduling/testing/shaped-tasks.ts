import type { NewTask } from "../commands.ts";
import type { Grant, Simulation } from "./simulation.ts";
import type { Shape } from "./steps.ts";

const capabilities = ["a", "b"];
/** A job has no more tasks than this: one tick must be able to forget all that the reference forgets. */
const tasksAtMost = 7;

/**
 * A forest: each waits for others of a smaller number; tasks that are `blocked` already may wait for any of them. Tasks
 * without parts where that is null.
 */
export function tasksOf(
  shapes: readonly Shape[],
  prefix: string,
  recipe: string,
  blocked: readonly string[] | null,
): NewTask[] {
  return shapes.map(({ needs, order, unblocks, hedgeable }, index) => {
    const later = shapes.slice(index + 1).map((_, ahead) => `${prefix}${index + 1 + ahead}`);
    const successor = blocked && [...later, ...blocked][unblocks];
    return {
      taskId: `${prefix}${index}`,
      needs: capabilitiesIn(needs),
      recipe,
      payload: "{}",
      order,
      hedgeable,
      ...(blocked && { part: `part:${index}` }),
      ...(successor && { unblocks: successor }),
    };
  });
}

/** What a completion adds to its job, as long as that is small. The same grant adds the same. */
export function additionOf(world: Simulation, { taskId, jobId, epoch }: Grant, shapes: readonly Shape[]): NewTask[] {
  const tasks = world.store.tasksOfJob(jobId);
  const prefix = `${jobId}-${taskId.slice(jobId.length + 1)}x${epoch}-`;
  if (tasks.length + shapes.length > tasksAtMost || tasks.some((task) => task.taskId.startsWith(prefix))) return [];
  const blocked = tasks.filter(({ state }) => state === "blocked").map((task) => task.taskId);
  return tasksOf(shapes, prefix, tasks[0]?.recipe ?? "", blocked);
}

/** As the bits of a pick have it. */
export function capabilitiesIn(bits: number): string[] {
  return capabilities.filter((_, bit) => bits & (1 << bit));
}
