import type { Batch, BatchState } from "@reelway/shared/contracts/batch";
import { isTerminal, JobState } from "@reelway/shared/jobs/state-machine";
import type { CountedBatch, JobCounts } from "../store/batches.ts";

/** A batch as the API shows it: its state follows from its jobs. */
export function presentBatch({ batch, counts }: CountedBatch): Batch {
  const { id, name, metadata, total, createdAt, canceledAt } = batch;
  const ended = sumOf(counts, isTerminal);
  const percent = Math.floor((ended / Math.max(1, total)) * 1_000) / 10;
  const state = batchStateOf(counts);
  return { id, name, metadata, state, counts, progress: { total, ended, percent }, createdAt, canceledAt };
}

/** The same rule as in the `batch.completed` event. */
function batchStateOf(counts: JobCounts): BatchState {
  const total = sumOf(counts, () => true);
  const { succeeded = 0, canceled = 0 } = counts;
  if (sumOf(counts, isTerminal) < total) return "running";
  if (succeeded === total) return "succeeded";
  if (succeeded > 0) return "partially_succeeded";
  return canceled === total ? "canceled" : "failed";
}

function sumOf(counts: JobCounts, counted: (state: JobState) => boolean): number {
  return JobState.options.filter(counted).reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}
