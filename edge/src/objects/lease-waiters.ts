import { ableNow, canServe } from "@reelway/shared/scheduling/lanes";
import type { TaskRecord } from "@reelway/shared/scheduling/records";
import type { Lane } from "@reelway/shared/scheduling/store";

/** A runner that asks for work, as its lease request describes it. */
export interface LeaseCall {
  readonly runnerId: string;
  readonly capabilities: readonly string[];
  readonly slots: number;
  readonly draining: boolean;
  readonly version: string;
  /** Whether it may be a second lease, where nothing else is there; a Worker one version older does not say. */
  readonly hedging?: boolean;
  /** See LeaseCommand; neither is said by a Worker one version older. */
  readonly delivering?: number;
  readonly taken?: readonly string[];
  /** See RunnerRecord; a Worker one version older does not say. */
  readonly holdBackMs?: number;
  /** Tasks wanted at most. */
  readonly max: number;
  /** How long to wait when there is no work; 0 for not at all. */
  readonly waitMs: number;
  /** Names the wait, so that it can be called off. */
  readonly waitId: string;
}

interface Waiter {
  readonly call: LeaseCall;
  readonly answer: (tasks: TaskRecord[]) => void;
}

/**
 * Long-polls for work, in the order in which they came. In memory only: a caller that is cut off asks again. New work is
 * nothing for those that hold back: they wait to the end of their time, and find what was left over when they ask again.
 */
export class LeaseWaiters {
  readonly #waiters = new Map<string, Waiter>();

  wait(call: LeaseCall): Promise<TaskRecord[]> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.stop(call.waitId), call.waitMs);
      const answer = (tasks: TaskRecord[]) => {
        clearTimeout(timer);
        this.#waiters.delete(call.waitId);
        resolve(tasks);
      };
      this.#waiters.set(call.waitId, { call, answer });
    });
  }

  /** The caller has gone, or has waited long enough: nothing may be leased to it any more. */
  stop(waitId: string): void {
    this.#waiters.get(waitId)?.answer([]);
  }

  /** The same for all that a runner waits for, but for one call. */
  stopAllOf(runnerId: string, exceptWaitId?: string): void {
    for (const { call } of [...this.#waiters.values()])
      if (call.runnerId === runnerId && call.waitId !== exceptWaitId) this.stop(call.waitId);
  }

  /** Has those who can do some of this look elsewhere, for up to `count` tasks; answers how many tasks they want. */
  wake(count: number, needs: readonly string[]): number {
    let woken = 0;
    for (const { call, answer } of this.#takingNewWork()) {
      if (woken >= count) break;
      const able = ableNow(call);
      if (!needs.some((lane) => canServe(able, lane))) continue;
      answer([]);
      woken += call.max;
    }
    return Math.min(woken, count);
  }

  /** Lets those take work that the lanes have some for; answers how many tasks went. */
  serve(lanes: () => readonly Pick<Lane, "needs">[], lease: (call: LeaseCall) => TaskRecord[]): number {
    let served = 0;
    for (const { call, answer } of this.#takingNewWork()) {
      const ready = lanes();
      if (ready.length === 0) break;
      const able = ableNow(call);
      // What another of the same runner was just given may have ended this wait.
      if (!this.#waiters.has(call.waitId) || !ready.some(({ needs }) => canServe(able, needs))) continue;
      const tasks = lease(call);
      if (tasks.length > 0) answer(tasks);
      served += tasks.length;
    }
    return served;
  }

  #takingNewWork(): Waiter[] {
    return [...this.#waiters.values()].filter(({ call }) => !call.holdBackMs);
  }
}
