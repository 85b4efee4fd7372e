import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Logger } from "pino";

/**
 * starting: locking, cleaning up, registering. proving: in the fleet, and finding out what its host can do. running: leases
 * and works. draining: takes no new work, finishes or hands back what it has (after a signal, or as long as the control
 * plane asks for it). stopped: ended as asked. failed: ended by a fault; the supervisor starts it again.
 */
export type DaemonState = "starting" | "proving" | "running" | "draining" | "stopped" | "failed";

export const daemonStates: readonly DaemonState[] = ["starting", "proving", "running", "draining", "stopped", "failed"];

const moves: Readonly<Record<DaemonState, readonly DaemonState[]>> = {
  starting: ["proving", "stopped", "failed"],
  proving: ["running", "stopped", "failed"],
  running: ["draining", "failed"],
  draining: ["running", "stopped", "failed"],
  stopped: [],
  failed: [],
};

export class StateMachine {
  readonly #log: Logger;
  #state: DaemonState = "starting";

  constructor(log: Logger) {
    this.#log = log;
  }

  get current(): DaemonState {
    return this.#state;
  }

  /** The one place where the state changes, and is logged. An illegal move is a bug of ours: runner_error. */
  move(to: DaemonState, reason: string): void {
    if (!moves[this.#state].includes(to))
      throw new ReelwayError("runner_error", `no move from ${this.#state} to ${to}`);
    this.#log.info({ from: this.#state, to, reason }, "state");
    this.#state = to;
  }
}
