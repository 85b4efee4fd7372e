import type { CompleteCommand, NewTask } from "./commands.ts";
import type { QueueReader } from "./store.ts";

/** How many of these new tasks wait for none of the others: work for as many slots. */
export function startable(tasks: readonly NewTask[]): number {
  const waiting = new Set(tasks.flatMap(({ unblocks }) => unblocks ?? []));
  return tasks.filter(({ taskId }) => !waiting.has(taskId)).length;
}

/** How many tasks an accepted completion has let go: those that it added, and the one that waited for it last. */
export function letGoBy(reader: QueueReader, { taskId, add = [] }: Pick<CompleteCommand, "taskId" | "add">): number {
  const successor = reader.task(taskId)?.unblocks;
  const state = successor ? reader.task(successor)?.state : undefined;
  return startable(add) + (state === "ready" || state === "lined" ? 1 : 0);
}
