import type { ProvenDevice } from "../ffmpeg/arguments/devices/device.ts";

/** Encoder sessions of this host's devices, as one task holds them: on one device at a time. */
export interface TaskSessions {
  /** Takes so many on this device, for what it held before. False where others leave too few. */
  readonly take: (device: ProvenDevice, sessions: number) => boolean;
  /** The first of these devices on which so many come free, taken. Rejects with the signal's reason. */
  readonly wait: (devices: readonly ProvenDevice[], sessions: number, signal: AbortSignal) => Promise<ProvenDevice>;
  /** Sessions that other tasks hold on this device. */
  readonly othersOn: (device: ProvenDevice) => number;
  readonly giveUp: () => void;
}

interface Hold {
  readonly device: string;
  readonly pool: string;
  readonly sessions: number;
}

interface Waiter {
  /** Whether it has got what it waited for. */
  readonly served: () => boolean;
}

/** Who encodes how much on which device. A driver that is asked for one session more than it gives fails the one that asks. */
export class DeviceSessions {
  readonly #holds = new Map<TaskSessions, Hold>();
  readonly #waiters = new Set<Waiter>();

  /** For a task that holds none yet. */
  open(): TaskSessions {
    const task: TaskSessions = {
      take: (device, sessions) => this.#take(task, device, sessions),
      wait: (devices, sessions, signal) => this.#wait(task, devices, sessions, signal),
      othersOn: ({ id }) => this.#count((hold, holder) => hold.device === id && holder !== task),
      giveUp: () => {
        if (this.#holds.delete(task)) this.#serve();
      },
    };
    return task;
  }

  /** How many more this device encodes now. */
  freeOn(device: ProvenDevice): number {
    return mostOn(device) - this.#used(poolOf(device));
  }

  /** Whether a task is on it. */
  isBusy({ id }: Pick<ProvenDevice, "id">): boolean {
    return this.#count(({ device }) => device === id) > 0;
  }

  #take(task: TaskSessions, device: ProvenDevice, sessions: number): boolean {
    const pool = poolOf(device);
    if (this.#used(pool, task) + sessions > mostOn(device)) return false;
    const before = this.#holds.get(task);
    this.#holds.set(task, { device: device.id, pool, sessions });
    if (before !== undefined && (before.pool !== pool || before.sessions > sessions)) this.#serve();
    return true;
  }

  /** What is held is given up first: tasks that wait for each other would wait for ever. */
  #wait(
    task: TaskSessions,
    devices: readonly ProvenDevice[],
    sessions: number,
    signal: AbortSignal,
  ): Promise<ProvenDevice> {
    task.giveUp();
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiters.delete(waiter);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        served: () => {
          const free = devices.find((device) => this.#take(task, device, sessions));
          if (free === undefined) return false;
          signal.removeEventListener("abort", onAbort);
          resolve(free);
          return true;
        },
      };
      this.#waiters.add(waiter);
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
      this.#serve();
    });
  }

  /** Those who wait, in the order in which they came. */
  #serve(): void {
    for (const waiter of this.#waiters) if (waiter.served()) this.#waiters.delete(waiter);
  }

  #used(pool: string, but?: TaskSessions): number {
    return this.#count((hold, holder) => hold.pool === pool && holder !== but);
  }

  #count(counts: (hold: Hold, holder: TaskSessions) => boolean): number {
    return [...this.#holds].reduce((sum, [holder, hold]) => sum + (counts(hold, holder) ? hold.sessions : 0), 0);
  }
}

/** The most that a device encodes at once; no end is known of most. */
export function mostOn({ sessions }: ProvenDevice): number {
  return sessions?.most ?? Number.POSITIVE_INFINITY;
}

function poolOf({ id, sessions }: ProvenDevice): string {
  return sessions?.pool ?? id;
}
