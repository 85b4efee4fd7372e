import type { NewTask } from "../commands.ts";
import type { Grant, Simulation } from "./simulation.ts";
import type { Shape } from "./steps.ts";

/** What tasks need from the beginning, what they turn out to need, what runners have, and what of that is taken. */
const words = {
  needs: ["a", "hardware:h265.x2"],
  found: ["a", "hardware:h265.x3"],
  has: ["a", "hardware:h265.x4"],
  taken: ["a", "hardware:h265.x3", "hardware:h265"],
} as const;
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
      needs: wordsIn("needs", needs),
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
export function wordsIn(kind: keyof typeof words, bits: number): string[] {
  return words[kind].filter((_, bit) => bits & (1 << bit));
}
