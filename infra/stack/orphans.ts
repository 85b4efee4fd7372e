import type { LockRecord } from "./lock.ts";
import { isAlive, type ProcessIdentity, processesWithEnvironment, signal } from "./process/identity.ts";
import { until } from "./process/until.ts";
import { StackFailure } from "./stack-failure.ts";

const DEATH_WITHIN_MS = 5_000;

/** The variable that marks a workerd as the one of this data directory: proof that it is ours to end. */
export function workerdMark(dataDir: string): { name: string; value: string } {
  return { name: "REELWAY_STACK_DATA", value: dataDir };
}

/**
 * Ends workerd processes that outlived their control plane (a killed Node leaves them serving), so that no two copies of
 * the objects are ever live over one state. To be called by the holder of the lock. Answers how many there were.
 */
export async function endOrphans(dataDir: string, leftBehind: LockRecord | undefined): Promise<number> {
  const mark = workerdMark(dataDir);
  const orphans = new Map<number, ProcessIdentity>();
  for (const identity of [
    ...(leftBehind?.workerd ?? []).filter(isAlive),
    // Covers one that was started a moment before its parent died, too late to be on record.
    ...processesWithEnvironment(`${mark.name}=${mark.value}`),
  ]) {
    if (identity.pid !== process.pid) orphans.set(identity.pid, identity);
  }
  for (const orphan of orphans.values()) signal(orphan, "SIGKILL");
  const gone = await until(() => ![...orphans.values()].some(isAlive), DEATH_WITHIN_MS);
  if (!gone)
    throw new StackFailure(`A workerd of an earlier run does not end: process ${[...orphans.keys()].join(", ")}.`);
  return orphans.size;
}
