import type { DeadLetterDetail } from "@reelway/shared/contracts/dead-letter";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { AttemptRecord } from "@reelway/shared/scheduling/records";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { findDeadLetters, sourceNamesOf } from "../store/dead-letters.ts";
import type { JobRow } from "../store/rows.ts";
import { presentDetail } from "./present.ts";

/** A failed job with what its queue still knows of its attempts. Throws `not_found`. */
export async function showDeadLetter(
  env: Env,
  tenantId: string | null,
  id: string,
  log: Log,
): Promise<DeadLetterDetail> {
  const [job] = await findDeadLetters(env, tenantId, [id]);
  if (!job) throw new ReelwayError("not_found");
  const [names, attempts] = await Promise.all([sourceNamesOf(env, [job]), attemptsOf(env, job, log)]);
  return presentDetail(job, names.get(job.assetId) ?? null, attempts);
}

/** A region that does not answer must not hide what D1 knows. */
async function attemptsOf(env: Env, { id, run, shard }: JobRow, log: Log): Promise<AttemptRecord[] | null> {
  try {
    return await callQueue(env, shard, async (queue) => await queue.attemptsOf(id, run));
  } catch (error) {
    log.warn("attempts not known", { jobId: id, error });
    return null;
  }
}
