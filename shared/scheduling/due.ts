import type { TaskRecord } from "./records.ts";

/** When time itself changes a task: the one order that stores keep waiting and leased tasks in. Null once it has ended. */
export function dueAt(task: TaskRecord): number | null {
  switch (task.state) {
    case "ready":
      return task.queueDeadlineAt;
    case "delayed":
      return task.readyAt;
    case "leased":
      return task.leaseExpiresAt;
    default:
      return null;
  }
}
