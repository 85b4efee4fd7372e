import type { ErrorCode } from "../../errors/catalogue.ts";
import type { HeldTask } from "../claims.ts";
import type { Draft } from "./draft.ts";

/** Failures that are remembered of a runner. */
const kept = 5;

/** Notes at its runner that an attempt ended badly: a row per failure, for people who wonder about a host. */
export function noteFailure(draft: Draft, { runnerId, jobId, tenantId, part }: HeldTask, code: ErrorCode): void {
  const runner = draft.runner(runnerId);
  if (!runner) return;
  const failure = { at: draft.now, jobId, tenantId, part, code };
  draft.putRunner({ ...runner, failures: [...runner.failures, failure].slice(-kept) });
}
