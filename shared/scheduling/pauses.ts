import { presetKey, runnerKey, tenantKey } from "./breaker-keys.ts";
import type { BreakerRecord, TaskRecord } from "./records.ts";
import type { Lane, QueueReader } from "./store.ts";

/** Who is paused at this moment. Made anew for each use: it reads once, and then holds what it read. */
export class Pauses {
  readonly #reader: QueueReader;
  readonly #breakers: ReadonlyMap<string, BreakerRecord>;

  constructor(reader: QueueReader) {
    this.#reader = reader;
    this.#breakers = new Map(reader.pausedBreakers().map((breaker) => [breaker.key, breaker]));
  }

  /** The breaker that keeps a runner from getting anything. */
  ofRunner(runnerId: string): BreakerRecord | undefined {
    return this.#stopping([runnerKey(runnerId)]);
  }

  /** The breaker that keeps a lane's tasks from being leased. */
  ofLane({ tenantId, recipe }: Pick<Lane, "tenantId" | "recipe">): BreakerRecord | undefined {
    return this.#stopping([tenantKey(tenantId), presetKey(recipe, tenantId)]);
  }

  /** How many leases a runner with so many free slots may be given now: none while it is paused, one as its trial. */
  roomOf(runnerId: string, free: number): number {
    if (this.ofRunner(runnerId)) return 0;
    return this.#breakers.has(runnerKey(runnerId)) ? Math.min(1, free) : free;
  }

  /** Half-open breakers for which a lease of this task to this runner is the trial. */
  triedBy({ tenantId, recipe }: TaskRecord, runnerId: string): BreakerRecord[] {
    const keys = [runnerKey(runnerId), tenantKey(tenantId), presetKey(recipe, tenantId)];
    return keys.flatMap((key) => this.#breakers.get(key) ?? []);
  }

  /** Whether a breaker of the task's tenant or recipe, or of the runner, is open or half open. */
  concern({ tenantId, recipe }: Pick<Lane, "tenantId" | "recipe">, runnerId?: string): boolean {
    const keys = [
      tenantKey(tenantId),
      presetKey(recipe, tenantId),
      ...(runnerId === undefined ? [] : [runnerKey(runnerId)]),
    ];
    return keys.some((key) => this.#breakers.has(key));
  }

  #stopping(keys: readonly string[]): BreakerRecord | undefined {
    if (this.#breakers.size === 0) return undefined;
    const breakers = keys.flatMap((key) => this.#breakers.get(key) ?? []);
    return breakers.find((breaker) => breaker.state === "open" || isTried(this.#reader, breaker));
  }
}

/** Whether a trial is under way. However it ended (done, failed, lost, cancelled, handed back), it is over with its lease. */
function isTried(reader: QueueReader, { trial }: BreakerRecord): boolean {
  const task = trial && reader.task(trial.taskId);
  return task?.state === "leased" && task.epoch === trial?.epoch;
}
