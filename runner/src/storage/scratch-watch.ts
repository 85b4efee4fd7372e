import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { directoryBytes } from "./scratch-use.ts";
import type { SpaceClaim } from "./space-ledger.ts";
import type { TaskScratch } from "./task-scratch.ts";

/** How often a task's directory is measured, milliseconds. */
const measureEveryMs = 1_000;

/**
 * Measures once: keeps the claim's use up to date and says whether the task outgrew it (scratch_full), or made what can't be
 * measured (input_hostile).
 */
export async function measureScratch(scratch: TaskScratch, claim: SpaceClaim): Promise<ReelwayError | null> {
  try {
    claim.usedBytes = await directoryBytes(scratch.root);
  } catch (error) {
    if (error instanceof ReelwayError) return error;
    throw error;
  }
  if (claim.usedBytes <= claim.bytes) return null;
  return new ReelwayError(
    "scratch_full",
    `the task holds ${claim.usedBytes} bytes on disk; its share is ${claim.bytes}`,
  );
}

/** Measures the task's directory every second and reports the first time that it is over its bound. Returns the stop. */
export function watchScratch(
  scratch: TaskScratch,
  claim: SpaceClaim,
  onOverrun: (error: ReelwayError) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const measure = async () => {
    const error = await measureScratch(scratch, claim);
    if (stopped) return;
    if (error) onOverrun(error);
    else timer = setTimeout(measure, measureEveryMs);
  };
  timer = setTimeout(measure, measureEveryMs);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
