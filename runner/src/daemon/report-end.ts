import { backoffMs, type Pacing } from "@reelway/shared/client/retry";
import type { ReleaseRequest } from "@reelway/shared/contracts/lease";
import type { Manifest } from "@reelway/shared/contracts/manifest";
import { withoutControls, withoutControlsInLines } from "@reelway/shared/contracts/text";
import { isRetryable } from "@reelway/shared/errors/catalogue";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { withoutSecrets } from "@reelway/shared/log/without-secrets";
import type { Logger } from "pino";
import { evidenceOf } from "../take-home/evidence.ts";
import type { Lease } from "./lease.ts";

const retryPolicy = { retries: Number.POSITIVE_INFINITY, baseMs: 500, maxMs: 10_000 };
/** A hand-back is told at shutdown, when there is little time: after this the lease just expires, milliseconds. */
const releaseMs = 4_000;

/**
 * Completes the task. The call is not cut short by a lost lease, since its answer is the verdict; while the control
 * plane is away it is repeated, for `patienceMs` at most.
 * @throws ReelwayError lease_lost, manifest_mismatch or another refusal; the signal's reason.
 */
export async function reportCompletion(
  lease: Lease,
  manifest: Manifest,
  pacing: Pacing,
  patienceMs: number,
  log: Logger,
): Promise<void> {
  const giveUpAt = pacing.now() + patienceMs;
  for (let retry = 0; ; retry++) {
    lease.signal.throwIfAborted();
    try {
      await lease.client.complete({ manifest });
      return;
    } catch (error) {
      const away = error instanceof ReelwayError && error.code !== "manifest_mismatch" && isRetryable(error.code);
      if (!away || pacing.now() >= giveUpAt) throw error;
      log.warn({ reason: error.message }, "completion did not get through; trying again");
      await pacing.sleep(backoffMs(retry, retryPolicy, pacing.random), lease.signal);
    }
  }
}

/** Tells why the attempt failed. When that can't be told, the lease expires and says so itself. */
export async function reportFailure(lease: Lease, error: ReelwayError, log: Logger): Promise<void> {
  const message = withoutControls(withoutSecrets(error.message)).slice(0, limits.errorMessageLength);
  const logTail = error.logTail && withoutControlsInLines(withoutSecrets(error.logTail)).slice(-limits.logTailLength);
  log.warn({ code: error.code, reason: message }, "task failed");
  await lease.client
    .fail({ error: { code: error.code, message, ...evidenceOf({ logTail, program: error.program }) } })
    .catch((refusal: unknown) => log.warn({ reason: reasonOf(refusal) }, "the failure could not be told"));
}

/** Hands the task back untried. */
export async function reportRelease(lease: Lease, release: ReleaseRequest, log: Logger): Promise<void> {
  await lease.client
    .release(release, { signal: AbortSignal.timeout(releaseMs) })
    .catch((refusal: unknown) => log.warn({ reason: reasonOf(refusal) }, "the hand-back could not be told"));
}
