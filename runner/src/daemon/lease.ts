import type { Pacing } from "@reelway/shared/client/retry";
import type { LeaseClient, RunnerClient } from "@reelway/shared/client/runner-client";
import type { LeasedTask } from "@reelway/shared/contracts/lease";
import type { SpaceClaim } from "../storage/space-ledger.ts";
import { currentTraceparent } from "../telemetry/spans.ts";
import { renewingLeaseClient } from "./renewing-lease-client.ts";
import { type StopCause, TaskStopped } from "./task-stopped.ts";

export interface LeaseOptions {
  readonly task: LeasedTask;
  readonly claim: SpaceClaim;
  readonly client: RunnerClient;
  readonly pacing: Pacing;
  /** Asks for a heartbeat now. */
  readonly beat: () => void;
}

/** A lease that this process holds: its task, its space, its right to speak, and its off switch. */
export class Lease {
  readonly task: LeasedTask;
  readonly claim: SpaceClaim;
  readonly client: LeaseClient;
  readonly #pacing: Pacing;
  readonly #beat: () => void;
  readonly #controller = new AbortController();
  #token: string;
  #renewedAt: number;
  #onRenewed = () => {};

  constructor({ task, claim, client, pacing, beat }: LeaseOptions) {
    this.task = task;
    this.claim = claim;
    this.#pacing = pacing;
    this.#beat = beat;
    this.#token = task.leaseToken;
    this.#renewedAt = pacing.now();
    this.client = renewingLeaseClient(
      client.ofLease(
        () => this.#token,
        () => currentTraceparent() ?? task.traceparent,
      ),
      () => this.#renewal(),
    );
  }

  /** Aborted with a ReelwayError: what ends the task, whoever notices first. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  renew(token: string): void {
    this.#token = token;
    this.#renewedAt = this.#pacing.now();
    this.#onRenewed();
  }

  stop(cause: StopCause): void {
    this.end(new TaskStopped(cause));
  }

  /** The first cause stays. */
  end(error: Error): void {
    this.#controller.abort(error);
  }

  /** Whether a fresh token comes within the time of a lease; no, where the one that we have has not run out. */
  async #renewal(): Promise<boolean> {
    const { leaseMs } = this.task;
    const { signal } = this;
    const refusedAt = this.#renewedAt;
    if (signal.aborted || this.#pacing.now() - refusedAt < leaseMs) return false;
    const waited = new AbortController();
    this.#onRenewed = () => waited.abort();
    this.#beat();
    await this.#pacing.sleep(leaseMs, AbortSignal.any([signal, waited.signal])).catch(() => undefined);
    return this.#renewedAt > refusedAt && !signal.aborted;
  }
}
