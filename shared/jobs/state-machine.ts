import { z } from "zod";

/** The states of a job. One table of legal moves, used by the control plane, the projection and the tests. */
export const JobState = z.enum(["queued", "planning", "running", "succeeded", "failed", "canceled"]);
export type JobState = z.infer<typeof JobState>;

/** Where a job may go from each state. */
export const legalMoves: Readonly<Record<JobState, readonly JobState[]>> = {
  queued: ["planning", "running", "failed", "canceled"],
  planning: ["queued", "running", "failed", "canceled"],
  // Back to queued: the runner was lost or handed the task back.
  running: ["queued", "succeeded", "failed", "canceled"],
  succeeded: [],
  // A retry starts a new run of the same job.
  failed: ["queued"],
  canceled: ["queued"],
};

/** A run of a job ends in one of these; only a retry leads out of the last two. */
export const terminalStates = ["succeeded", "failed", "canceled"] as const satisfies readonly JobState[];

/** Whether the run has ended. */
export function isTerminal(state: JobState): boolean {
  return (terminalStates as readonly JobState[]).includes(state);
}

/** Whether the table allows it; no state moves to itself. */
export function canMove(from: JobState, to: JobState): boolean {
  return legalMoves[from].includes(to);
}

/** The states from which `to` may be entered: the condition of an SQL update. */
export function movesInto(to: JobState): JobState[] {
  return JobState.options.filter((from) => canMove(from, to));
}

/** What a runner is doing with a task, in the order in which it does it. */
export const Stage = z.enum(["queued", "downloading", "processing", "uploading", "finalizing"]);
export type Stage = z.infer<typeof Stage>;
