import type { JobError } from "@reelway/shared/contracts/job-error";
import type { LeaseOutcome, ReleaseRequest } from "@reelway/shared/contracts/lease";
import { type Manifest, StoredManifest } from "@reelway/shared/contracts/manifest";
import { isRetryable } from "@reelway/shared/errors/catalogue";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { leaseKey, shardOfTask } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { callQueue } from "../objects/region-queue-stub.ts";
import { projectFirst } from "../projection/project-soon.ts";
import { withBucket } from "../storage/bucket.ts";
import { completionOfPart } from "../streams/complete-part.ts";
import type { LeaseContext } from "./lease-context.ts";
import { outputBytesMax } from "./output-bytes.ts";
import { sanitised, sanitisedError } from "./sanitised.ts";
import { taskOfLease } from "./task-of-lease.ts";
import type { LeaseClaims } from "./token.ts";
import { verifyManifest } from "./verify-manifest.ts";

/**
 * Accepts a task's work: the outputs are checked in the bucket, then the queue has the last word. The same completion
 * again gets the same answer. Throws `lease_lost`, `manifest_mismatch` or `output_refused`.
 */
export async function completeLease(
  context: LeaseContext,
  claims: LeaseClaims,
  manifest: Manifest,
): Promise<LeaseOutcome> {
  const { env, settings } = context;
  const { taskId, epoch, runnerId, prefix } = claims;
  if (claims.kind === "fetch") refuseUnlikeFetch(manifest, settings.maxUploadBytes);
  let outputs: Manifest["outputs"];
  try {
    outputs = await withBucket(env, claims.region, (bucket) =>
      verifyManifest(bucket, { prefix, bytesMax: outputBytesMax(settings, claims) }, manifest),
    );
  } catch (error) {
    // Who has lost the lease must stop, not upload once more.
    throw (await taskOfLease(env, claims)) === null ? new ReelwayError("lease_lost") : error;
  }
  const execution = manifest.execution && { ...manifest.execution, runnerId };
  const verified: Manifest = { ...manifest, outputs, ...(execution && { execution }) };
  const completion =
    claims.part === undefined
      ? { result: JSON.stringify(StoredManifest.parse(sanitised({ ...verified, prefix }))) }
      : await completionOfPart(env, claims, verified);
  const reply = await callQueue(env, shardOfTask(taskId), async (queue) =>
    queue.complete({ taskId, epoch, runnerId, ...completion }),
  );
  return answer(context, claims, reply);
}

/** What a fetch brings becomes its asset: one file, no larger than an upload may be, whatever its runner thinks of that. */
function refuseUnlikeFetch({ outputs: [source, ...more] }: Manifest, bytesMax: number): void {
  if (source?.role !== "source" || more.length > 0)
    throw new ReelwayError("output_refused", "A fetch brings one file, whose role is source");
  if (source.bytes > bytesMax) throw new ReelwayError("output_refused", `A fetch brings ${bytesMax} bytes at most`);
}

/** Ends an attempt. Whether another one follows is for the catalogue and the queue to say, not for the runner. */
export async function failLease(context: LeaseContext, claims: LeaseClaims, reported: JobError): Promise<LeaseOutcome> {
  const { taskId, epoch, runnerId } = claims;
  const error = sanitisedError(reported);
  const retryable = isRetryable(error.code);
  const reply = await callQueue(context.env, shardOfTask(taskId), async (queue) =>
    queue.fail({ taskId, epoch, runnerId, error, retryable }),
  );
  return answer(context, claims, reply, { code: error.code, reason: error.message });
}

/** Hands a task back untried; with `needs`, to whoever has these. */
export async function releaseLease(
  context: LeaseContext,
  claims: LeaseClaims,
  { reason, needs = [] }: ReleaseRequest,
): Promise<LeaseOutcome> {
  const { taskId, epoch, runnerId } = claims;
  const reply = await callQueue(context.env, shardOfTask(taskId), async (queue) =>
    queue.release({ taskId, epoch, runnerId, delayMs: limits.releaseDelayMs, needs }),
  );
  return answer(context, claims, reply, { reason, ...(needs.length > 0 && { needs: needs.join(" ") }) });
}

async function answer(
  { env, log, waitUntil }: LeaseContext,
  { taskId, epoch, jobId, tenantId, attempt }: LeaseClaims,
  outcome: LeaseOutcome["outcome"] | "lease_lost",
  why: Record<string, string> = {},
): Promise<LeaseOutcome> {
  log.info("lease ended", { outcome, jobId, tenantId, taskId, lease: leaseKey({ taskId, epoch }), attempt, ...why });
  if (outcome === "lease_lost") throw new ReelwayError("lease_lost");
  await projectFirst(env, shardOfTask(taskId), waitUntil);
  return { outcome };
}
