import type { ErrorCode } from "../../errors/catalogue.ts";
import { blames } from "../blame.ts";
import { keysOfTask, presetKey, runnerKey, tenantKey } from "../breaker-keys.ts";
import type { HeldTask } from "../claims.ts";
import type { QueueSettings } from "../commands.ts";
import { canServe } from "../lanes.ts";
import type { BreakerRecord } from "../records.ts";
import type { Draft } from "./draft.ts";

/** A runner not seen for this many leases is not there. */
const goneAfterLeases = 2;

/** An attempt that succeeded: whoever had a part in it works. */
export function clearParties(draft: Draft, task: HeldTask): void {
  for (const { key } of draft.breakers([...keysOfTask(task), runnerKey(task.runnerId)])) draft.deleteBreaker(key);
}

/**
 * An attempt that failed, counted against whom it speaks against. What a paused recipe or tenant explains is not held
 * against the runner: it would be paused for the failures of another, and everybody else's work with it.
 */
export function blameParties(draft: Draft, task: HeldTask, code: ErrorCode, settings: QueueSettings): void {
  const { runner, recipe } = blames(code);
  const { recipeFailures, runnerFailures, tenantFailures } = settings.breakers;
  const known = new Map(
    draft.breakers([...keysOfTask(task), runnerKey(task.runnerId)]).map((breaker) => [breaker.key, breaker]),
  );
  const count = (key: string, threshold: number, mayOpen: (breaker: BreakerRecord) => boolean = () => true) => {
    const before = known.get(key) ?? newBreaker(key, draft.now, code);
    const after = withFailure(before, draft.now, task, code, { threshold, mayOpen, settings });
    if (after !== before) draft.putBreaker(after);
    return after.state !== "closed";
  };

  const tenantPaused = count(tenantKey(task.tenantId), tenantFailures);
  const recipePaused =
    recipe &&
    task.recipe !== "" &&
    count(presetKey(task.recipe, task.tenantId), recipeFailures, (breaker) =>
      isFailingEverywhere(draft, breaker, task, settings),
    );
  if (runner && !recipePaused && !tenantPaused) count(runnerKey(task.runnerId), runnerFailures);
}

interface Counting {
  readonly threshold: number;
  readonly mayOpen: (breaker: BreakerRecord) => boolean;
  readonly settings: QueueSettings;
}

/** Closed: one more in the run, which may open it. Half open: what counts is its trial. Open: these were leased before. */
function withFailure(
  breaker: BreakerRecord,
  now: number,
  task: HeldTask,
  code: ErrorCode,
  { threshold, mayOpen, settings }: Counting,
): BreakerRecord {
  const { trial, state, openings } = breaker;
  if (state === "open") return breaker;
  if (state === "half_open" && (trial?.taskId !== task.taskId || trial.epoch !== task.epoch)) return breaker;

  const { pauseMs, pauseMaxMs, runMs } = settings.breakers;
  const run = now - breaker.lastFailureAt > runMs ? [] : breaker.failures;
  const { jobId, runnerId } = task;
  const failures = [...run.filter((failure) => failure.jobId !== jobId), { jobId, runnerId }].slice(-threshold);
  const counted = { ...breaker, failures, lastFailureAt: now, lastCode: code };
  if (state === "closed" && (failures.length < threshold || !mayOpen(counted))) return counted;
  return {
    ...counted,
    state: "open",
    openings: openings + 1,
    openedAt: breaker.openedAt ?? now,
    retryAt: now + Math.min(pauseMaxMs, pauseMs * 2 ** openings),
    trial: null,
  };
}

/**
 * A recipe that failed on one runner only proves nothing while another could have done better: that runner is counted
 * by itself.
 */
function isFailingEverywhere(draft: Draft, { failures }: BreakerRecord, task: HeldTask, settings: QueueSettings) {
  const elsewhere = failures.some(({ runnerId }) => runnerId !== task.runnerId);
  if (elsewhere) return true;
  const seenSince = draft.now - goneAfterLeases * settings.leaseMs;
  return !draft.before
    .runners()
    .some(
      ({ runnerId, draining, lastSeenAt, capabilities }) =>
        runnerId !== task.runnerId &&
        !draining &&
        lastSeenAt >= seenSince &&
        canServe(new Set(capabilities), task.needs),
    );
}

function newBreaker(key: string, now: number, code: ErrorCode): BreakerRecord {
  const closed = { state: "closed", failures: [], openings: 0, openedAt: null, retryAt: null, trial: null } as const;
  return { key, ...closed, lastFailureAt: now, lastCode: code };
}
