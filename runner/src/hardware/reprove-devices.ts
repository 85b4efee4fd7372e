import type { Logger } from "pino";
import type { ProvenDevice } from "../ffmpeg/arguments/devices/device.ts";
import { type KeptDevice, triedAgainAt } from "./proof-cache.ts";

export interface ReproverOptions {
  readonly kept: readonly KeptDevice[];
  /** Proves one device anew, and keeps what comes of it. */
  readonly prove: (device: KeptDevice) => Promise<KeptDevice>;
  /** Whether a task of ours works on it. */
  readonly isBusy: (device: ProvenDevice) => boolean;
  readonly onProven: (device: ProvenDevice) => void;
  readonly log: Logger;
}

/** How often it is looked whether something is due, milliseconds. */
const lookEveryMs = 15_000;

/**
 * Tries devices again that fell short for what may pass, each after a pause that grows, while no task is on them. One that
 * was busy or out of memory when the runner started is so found without a restart.
 */
export class DeviceReprover {
  readonly #options: ReproverOptions;
  #kept: readonly KeptDevice[];
  #timer: NodeJS.Timeout | null = null;
  #proving: Promise<void> | null = null;

  constructor(options: ReproverOptions) {
    this.#options = options;
    this.#kept = options.kept;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(Date.now()), lookEveryMs).unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Proves what is due now, one device at a time; resolves when that is done. */
  look(now: number): Promise<void> {
    this.#proving ??= this.#proveDue(now).finally(() => {
      this.#proving = null;
    });
    return this.#proving;
  }

  async #proveDue(now: number): Promise<void> {
    const { prove, isBusy, onProven, log } = this.#options;
    for (const before of this.#kept) {
      const dueAt = triedAgainAt(before);
      if (dueAt === null || dueAt > now || isBusy(before.proven)) continue;
      const { id } = before.proven;
      try {
        const after = await prove(before);
        this.#kept = this.#kept.map((one) => (one === before ? after : one));
        log.info(
          { device: id, shortfalls: after.shortfalls, encoders: after.proven.encoders },
          "a device was tried again",
        );
        onProven(after.proven);
      } catch (err) {
        log.error({ err, device: id }, "a device could not be tried again");
      }
    }
  }
}
