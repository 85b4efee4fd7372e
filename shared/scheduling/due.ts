import type { TaskRecord } from "./records.ts";

/** When time itself changes a task: the one order that stores keep waiting and leased tasks in. Null once it has ended. */
export function dueAt(task: TaskRecord): number | null {
  switch (task.state) {
    case "ready":
      return task.queueDeadlineAt;
    case "delayed":
      return task.readyAt;
    case "leased":
      return earliestExpiry(task);
    default:
      return null;
  }
}

function earliestExpiry({ leaseExpiresAt, rival }: TaskRecord): number | null {
  return rival === null || leaseExpiresAt === null ? leaseExpiresAt : Math.min(leaseExpiresAt, rival.leaseExpiresAt);
}
