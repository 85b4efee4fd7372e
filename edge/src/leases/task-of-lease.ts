import { shardOfTask } from "@reelway/shared/ids";
import type { TaskRecord } from "@reelway/shared/scheduling/records";
import type { Env } from "../env.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import type { LeaseClaims } from "./token.ts";

/** The task as this lease holds it, or has completed it; null where the lease is another's or nobody's. Throws `unavailable`. */
export function taskOfLease(
  env: Env,
  { taskId, epoch, runnerId }: Pick<LeaseClaims, "taskId" | "epoch" | "runnerId">,
): Promise<TaskRecord | null> {
  return callQueue(env, shardOfTask(taskId), async (queue) => await queue.taskOfLease({ taskId, epoch, runnerId }));
}
