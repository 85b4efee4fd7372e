import { Worker } from "node:worker_threads";
import type { HostLoad } from "@reelway/shared/contracts/host-load";
import type { RunnerDescription } from "@reelway/shared/contracts/runner";
import type { FromKeeper, KeeperData, LeaseId, ToKeeper } from "./messages.ts";
import { ProcessGroups } from "./process-groups.ts";

export interface LeaseKeeperEvents {
  /** The lease is lost or cancelled; its process groups are dead already. */
  readonly onOver: (message: Extract<FromKeeper, { type: "over" }>) => void;
  /** The lease was kept; where it was extended there is a fresh token. */
  readonly onKept: (message: Extract<FromKeeper, { type: "kept" }>) => void;
  readonly onBeaten: (message: Extract<FromKeeper, { type: "beaten" }>) => void;
  readonly onMissed: (message: Extract<FromKeeper, { type: "missed" }>) => void;
  /** The thread died: without it no lease can be kept. */
  readonly onDeath: (error: Error) => void;
}

/** The main thread's side of the lease keeper. See Heart for what it does. */
export class LeaseKeeper {
  readonly #worker: Worker;
  /** Known here too, so that nothing outlives this process when it exits. */
  readonly #groups = new ProcessGroups();
  readonly #settling: (() => void)[] = [];
  readonly #killAll = () => this.#groups.killAll();

  constructor(data: KeeperData, events: LeaseKeeperEvents) {
    this.#worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData: data, name: "lease-keeper" });
    this.#worker.on("message", (message: FromKeeper) => {
      if (message.type === "over") events.onOver(message);
      else if (message.type === "kept") events.onKept(message);
      else if (message.type === "beaten") events.onBeaten(message);
      else if (message.type === "settled") this.#settling.shift()?.();
      else events.onMissed(message);
    });
    this.#worker.on("error", (error) => events.onDeath(error instanceof Error ? error : new Error(String(error))));
    process.on("exit", this.#killAll);
  }

  track(lease: LeaseId, leaseMs: number): void {
    this.#send({ type: "track", lease: bare(lease), leaseMs });
  }

  /** The task has ended: nothing is beaten for it any more. */
  untrack(lease: LeaseId): void {
    this.#groups.forget(lease);
    this.#send({ type: "untrack", lease: bare(lease) });
  }

  processGroup(lease: LeaseId, pid: number): void {
    this.#groups.prune();
    this.#groups.add(lease, pid);
    this.#send({ type: "process-group", lease: bare(lease), pid });
  }

  /** SIGKILLs what works for a lease, and whatever it may still start. */
  kill(lease: LeaseId): void {
    this.#groups.kill(lease);
  }

  /** Resolves when all that the keeper has done to leases by now has been told here as well. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#settling.push(resolve);
      this.#send({ type: "settle" });
    });
  }

  describe(runner: RunnerDescription): void {
    this.#send({ type: "describe", runner });
  }

  /** What the next beats tell of the host. */
  tellLoad(load: HostLoad): void {
    this.#send({ type: "load", load });
  }

  useCredential(credential: string): void {
    this.#send({ type: "credential", credential });
  }

  beatNow(): void {
    this.#send({ type: "beat" });
  }

  turned(): void {
    this.#send({ type: "turned" });
  }

  async stop(): Promise<void> {
    this.#send({ type: "stop" });
    this.#killAll();
    process.off("exit", this.#killAll);
    await this.#worker.terminate();
  }

  #send(message: ToKeeper): void {
    this.#worker.postMessage(message);
  }
}

/** A task's grants and token are none of the keeper's business. */
function bare({ taskId, epoch }: LeaseId): LeaseId {
  return { taskId, epoch };
}
