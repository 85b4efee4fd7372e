import { isAlive, type ProcessIdentity } from "@reelway/stack/process/identity";
import type { HeapSample } from "./growth.ts";
import { workerHeap } from "./worker-heap.ts";

/** Each look collects all garbage, which the Worker stands still for. */
const everyMs = 15_000;

/** Where the Worker runs. */
export interface WatchedWorker {
  readonly inspectorPort: number;
  /** Null while it is down. */
  workerd(): ProcessIdentity | null;
}

/** Looks now and then at what the Worker itself holds, without the simulators that share its process. */
export class HeapWatch {
  readonly samples: HeapSample[] = [];
  readonly #house: WatchedWorker;
  readonly #since: number;
  readonly #timer: NodeJS.Timeout;

  constructor(house: WatchedWorker, since: number) {
    this.#house = house;
    this.#since = since;
    this.#timer = setInterval(() => this.look(), everyMs);
  }

  /** Adds no sample when the Worker is down, or goes down meanwhile. */
  async look(): Promise<void> {
    const identity = this.#house.workerd();
    if (identity === null) return;
    const at = Date.now() - this.#since;
    const heapBytes = await workerHeap(this.#house.inspectorPort).catch(() => null);
    if (heapBytes !== null && isAlive(identity)) this.samples.push({ at, pid: identity.pid, heapBytes });
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
