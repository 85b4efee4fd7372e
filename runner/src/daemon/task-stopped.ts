import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/** lost, canceled: nobody wants the result. shutdown, no_space: somebody else shall do it. */
export type StopCause = "lost" | "canceled" | "shutdown" | "no_space";

const meaning = {
  lost: ["lease_lost", "the lease is another's now"],
  canceled: ["lease_lost", "the job was cancelled"],
  shutdown: ["runner_lost", "the runner is shutting down"],
  no_space: ["scratch_full", "other tasks hold the scratch space now"],
} as const;

/** The reason with which a task's signal is aborted when the task itself did nothing wrong. */
export class TaskStopped extends ReelwayError {
  readonly stopCause: StopCause;

  constructor(stopCause: StopCause) {
    const [code, detail] = meaning[stopCause];
    super(code, detail);
    this.stopCause = stopCause;
  }
}
