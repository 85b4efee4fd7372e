import type { LeaseCommand, QueueSettings } from "../commands.ts";
import type { RunnerRecord } from "../records.ts";
import type { Draft } from "./draft.ts";

type Description = Pick<LeaseCommand, "runnerId" | "capabilities" | "slots" | "draining" | "version" | "holdBackMs">;

/** Notes that a runner is there. Its row is written when it describes itself anew, or half a lease after the last time. */
export function seeRunner(draft: Draft, description: Description, { leaseMs }: QueueSettings): void {
  const { runnerId, slots, draining, version, holdBackMs = 0 } = description;
  const capabilities = [...new Set(description.capabilities)].sort();
  const known = draft.runner(runnerId);
  if (known && describesSame(known, { runnerId, capabilities, slots, draining, version, holdBackMs })) {
    if (draft.now - known.lastSeenAt < leaseMs / 2) return;
  }
  const failures = known?.failures ?? [];
  draft.putRunner({ runnerId, capabilities, slots, draining, version, holdBackMs, lastSeenAt: draft.now, failures });
}

function describesSame(known: RunnerRecord, now: Description): boolean {
  return (
    known.slots === now.slots &&
    known.draining === now.draining &&
    known.version === now.version &&
    known.holdBackMs === now.holdBackMs &&
    known.capabilities.join(" ") === now.capabilities.join(" ")
  );
}
