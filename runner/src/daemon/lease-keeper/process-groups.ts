import { leaseKey } from "@reelway/shared/ids";
import type { LeaseId } from "./messages.ts";

/** Signals a process group; throws (ESRCH) when it is gone. */
export type SignalGroup = (pid: number, signal: NodeJS.Signals | 0) => void;

const signalGroup: SignalGroup = (pid, signal) => {
  process.kill(-pid, signal);
};

/** The process groups that work for each lease, so that they can be killed without asking anyone. */
export class ProcessGroups {
  readonly #signal: SignalGroup;
  readonly #groups = new Map<string, Set<number>>();
  readonly #over = new Set<string>();

  constructor(signal: SignalGroup = signalGroup) {
    this.#signal = signal;
  }

  /** A child of a lease that is over already is killed at once. */
  add(lease: LeaseId, pid: number): void {
    const key = leaseKey(lease);
    const pids = this.#groups.get(key) ?? new Set();
    this.#groups.set(key, pids.add(pid));
    if (this.#over.has(key)) this.kill(lease);
  }

  /** SIGKILLs everything of a lease, now and later. Returns how many groups were alive. */
  kill(lease: LeaseId): number {
    const key = leaseKey(lease);
    this.#over.add(key);
    let killed = 0;
    for (const pid of this.#groups.get(key) ?? []) if (this.#reaches(pid, "SIGKILL")) killed++;
    this.#groups.delete(key);
    return killed;
  }

  killAll(): void {
    for (const pids of this.#groups.values()) for (const pid of pids) this.#reaches(pid, "SIGKILL");
    this.#groups.clear();
  }

  /** The task has ended and with it all its children. */
  forget(lease: LeaseId): void {
    this.#groups.delete(leaseKey(lease));
    this.#over.delete(leaseKey(lease));
  }

  /** Drops groups that are gone, before the system gives their numbers to somebody else. */
  prune(): void {
    for (const pids of this.#groups.values()) for (const pid of pids) if (!this.#reaches(pid, 0)) pids.delete(pid);
  }

  #reaches(pid: number, signal: NodeJS.Signals | 0): boolean {
    try {
      this.#signal(pid, signal);
      return true;
    } catch {
      return false;
    }
  }
}
