import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { SpaceLedger } from "../storage/space-ledger.ts";
import type { Lease } from "./lease.ts";
import { TaskStopped } from "./task-stopped.ts";

/** Makes a task's claim this large, bytes, or gives the task to somebody who can. */
export async function makeRoom({ claim }: Lease, ledger: SpaceLedger, needed: number): Promise<void> {
  const outcome = await ledger.grow(claim, needed);
  if (outcome === "busy") throw new TaskStopped("no_space");
  if (outcome === "never") throw new ReelwayError("scratch_full", `the task needs ${needed} bytes of scratch space`);
}
