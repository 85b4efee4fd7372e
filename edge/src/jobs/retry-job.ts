import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isTerminal, movesInto } from "@reelway/shared/jobs/state-machine";
import type { Env } from "../env.ts";
import { findAssets, findJob, startNextRun } from "../store/jobs.ts";
import type { CreatedJob } from "./create-job.ts";
import { inputReferences, resolveInputs } from "./job-inputs.ts";
import { newStorageRoot } from "./storage-root.ts";

/** Starts the next run of a failed or cancelled job. Throws `illegal_move`, or why its assets can't be used any more. */
export async function retryJob(env: Env, tenantId: string, id: string, now: number): Promise<CreatedJob> {
  const job = await findJob(env, tenantId, id);
  if (!job) throw new ReelwayError("not_found");
  const allowed = movesInto("queued").filter(isTerminal);
  if (!allowed.includes(job.state))
    throw new ReelwayError("illegal_move", `The job is ${job.state}; it can be retried when ${allowed.join(" or ")}`);

  const references = inputReferences(job.assetId, job.spec);
  const assetIds = references.map(({ assetId }) => assetId);
  const inputs = resolveInputs(references, await findAssets(env, tenantId, assetIds), "spec");
  const started = await startNextRun(env, job, assetIds, newStorageRoot(tenantId), now);
  if (!started) throw new ReelwayError("illegal_move", "The job has been changed meanwhile");
  return { job: started.job, replayed: false, dispatch: { outboxId: started.outboxId, inputs } };
}
