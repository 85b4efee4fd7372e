import type { CancelCommand, CancelReply } from "../commands.ts";
import type { Draft } from "./draft.ts";
import { endJob } from "./end-job.ts";
import { supersede } from "./supersede.ts";

/**
 * Ends a run. One that is not known yet is remembered as cancelled, with its event, so that its enqueue, when it comes,
 * starts nothing.
 */
export function cancel(draft: Draft, { jobId, tenantId, run }: CancelCommand): CancelReply {
  const known = draft.job(jobId);
  if (known && known.run >= run) {
    if (known.run > run) return { outcome: "ended", stopped: [] };
    if (known.state !== "active") return { outcome: known.state === "canceled" ? "canceled" : "ended", stopped: [] };
    const attempt = Math.max(0, ...draft.tasksOfJob(jobId).map((task) => task.attempt));
    return { outcome: "canceled", stopped: endJob(draft, known, "canceled", { attempt }) };
  }
  if (known) supersede(draft, known);
  const unseen = {
    jobId,
    tenantId,
    run,
    state: "active",
    openTasks: 0,
    doneTasks: 0,
    running: false,
    recentMs: [],
    hedges: 0,
    hedgeAt: null,
    endedAt: null,
  } as const;
  endJob(draft, { ...unseen, lastEventSequence: 0 }, "canceled", { attempt: 0 });
  return { outcome: "canceled", stopped: [] };
}
