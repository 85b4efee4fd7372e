import type { LeaseClient, RunnerClient } from "@reelway/shared/client/runner-client";
import type { LeasedTask } from "@reelway/shared/contracts/lease";
import type { SpaceClaim } from "../storage/space-ledger.ts";
import { type StopCause, TaskStopped } from "./task-stopped.ts";

/** A lease that this process holds: its task, its space, its right to speak, and its off switch. */
export class Lease {
  readonly task: LeasedTask;
  readonly claim: SpaceClaim;
  readonly client: LeaseClient;
  readonly #controller = new AbortController();
  #token: string;

  constructor(task: LeasedTask, claim: SpaceClaim, client: RunnerClient) {
    this.task = task;
    this.claim = claim;
    this.#token = task.leaseToken;
    this.client = client.ofLease(() => this.#token);
  }

  /** Aborted with a ReelwayError: what ends the task, whoever notices first. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  renew(token: string): void {
    this.#token = token;
  }

  stop(cause: StopCause): void {
    this.end(new TaskStopped(cause));
  }

  /** The first cause stays. */
  end(error: Error): void {
    this.#controller.abort(error);
  }
}
