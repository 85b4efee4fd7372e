import { ReelwayError } from "../../errors/reelway-error.ts";
import type { Circumstances, EnqueueCommand, EnqueueReply } from "../commands.ts";
import { addTasks } from "./add-tasks.ts";
import type { Draft } from "./draft.ts";
import { supersede } from "./supersede.ts";

/** Takes in a run of a job. The same run again changes nothing, a later one starts the job anew. */
export function enqueue(draft: Draft, command: EnqueueCommand, circumstances: Circumstances): EnqueueReply {
  if (command.tasks.length === 0) throw new ReelwayError("internal", `job ${command.jobId} has no tasks`);
  const { jobId, tenantId, run, share } = command;
  if (share) draft.heedShare(tenantId, share);
  const known = draft.job(jobId);
  if (known && known.run > run) return "stale";
  if (known && known.run === run) return known.state === "canceled" ? "canceled" : "duplicate";

  const epochs = known ? supersede(draft, known) : new Map<string, number>();
  addTasks(draft, { ...command, waitsSince: null, epochs, hasFront: () => false }, command.tasks, circumstances);
  draft.putJob({
    jobId,
    tenantId,
    run,
    state: "active",
    openTasks: command.tasks.length,
    doneTasks: 0,
    running: false,
    recentMs: [],
    hedges: 0,
    hedgeAt: null,
    endedAt: null,
    lastEventSequence: draft.job(jobId)?.lastEventSequence ?? 0,
  });
  return "enqueued";
}
