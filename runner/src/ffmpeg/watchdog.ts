import { processorSeconds } from "./processor-time.ts";

export interface WatchdogOptions {
  /** So much silence ends the program, milliseconds. */
  readonly ms: number;
  /** So much where it computes all the while, milliseconds. Default: no more. */
  readonly computingMs?: number;
  /** The process whose work it watches; undefined where none was started. */
  readonly pid: number | undefined;
  readonly onSilence: (silentMs: number) => void;
}

/** Of one core: a program that waits for something takes next to nothing. */
const computingShare = 0.1;

/**
 * Tells when a program has been silent for too long. Large pictures on a slow host take minutes before the first one is out, of
 * which only its processor time tells; one that hangs takes none.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** It moved on: silence begins anew, and this much more of it is borne, milliseconds. */
  heard(patienceMs = 0): void {
    this.#await({ silentMs: 0, patienceMs });
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #await({ silentMs, patienceMs }: { silentMs: number; patienceMs: number }): void {
    this.close();
    const { ms, computingMs = ms, pid, onSilence } = this.#options;
    const taken = () => (pid === undefined || computingMs === ms ? null : processorSeconds(pid));
    const before = taken();
    const windowMs = ms + patienceMs;
    this.#timer = setTimeout(() => {
      const now = taken();
      const computes = before !== null && now !== null && (now - before) * 1_000 > windowMs * computingShare;
      const silent = silentMs + windowMs;
      if (computes && silent < computingMs) this.#await({ silentMs: silent, patienceMs: 0 });
      else onSilence(silent);
    }, windowMs);
  }
}
