import type { JobTask } from "@reelway/shared/contracts/job-task";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { PartStanding } from "@reelway/shared/scheduling/parts";
import { presentAttempt } from "../dead-letters/present.ts";
import type { Env } from "../env.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { type FinishedPart, listFinishedParts } from "../store/job-parts.ts";
import { findJob } from "../store/jobs.ts";

/**
 * The tasks of a job's current run, as its queue has them, and the finished parts that the queue does not know: of
 * earlier runs, or of one that it has forgotten. Throws `not_found`, `unavailable`.
 */
export async function listTasks(env: Env, tenantId: string, id: string): Promise<JobTask[]> {
  const job = await findJob(env, tenantId, id);
  if (!job) throw new ReelwayError("not_found");
  const { shard, run } = job;
  const [queued, finished] = await Promise.all([
    callQueue(env, shard, async (queue) => await queue.partsOf(id, run)),
    listFinishedParts(env, id),
  ]);
  const tasks = new Map<string, JobTask>([
    ...finished.map((part) => [part.part, doneBefore(part)] as const),
    ...(queued ?? []).map((standing) => [standing.part, presentTask(standing)] as const),
  ]);
  return [...tasks.values()].sort(byPart);
}

function presentTask({
  part,
  state,
  attempt,
  runnerId,
  leasedAt,
  endedAt,
  error,
  attempts,
  ...more
}: PartStanding): JobTask {
  const hedge = more.hedge ? { runnerId: more.hedge.runnerId, startedAt: more.hedge.leasedAt } : null;
  const lastError = state === "done" ? null : (error ?? attempts.at(-1)?.error ?? null);
  const ended = attempts.filter(({ outcome }) => outcome !== "completed").map(presentAttempt);
  return { part, state, attempt, runnerId, startedAt: leasedAt, hedge, endedAt, error: lastError, attempts: ended };
}

function doneBefore({ part, runnerId, completedAt }: FinishedPart): JobTask {
  const unknown = { attempt: 0, startedAt: null, hedge: null, error: null, attempts: [] };
  return { ...unknown, part, state: "done", runnerId, endedAt: completedAt };
}

const order = ["plan", "audio", "thumbnails", "subtitles", "encode", "quality", "progressive", "finish"];

/** As they follow from one another, chunks by their number. */
function byPart({ part: a }: JobTask, { part: b }: JobTask): number {
  const [kindOfA = "", numberOfA = ""] = a.split(":");
  const [kindOfB = "", numberOfB = ""] = b.split(":");
  return order.indexOf(kindOfA) - order.indexOf(kindOfB) || Number(numberOfA) - Number(numberOfB) || 0;
}
