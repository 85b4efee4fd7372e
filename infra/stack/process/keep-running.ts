import type { Exit, Service } from "./service.ts";

const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 30_000;
/** A service that has run this long was well: its next end counts as the first. */
const HEALTHY_MS = 60_000;

/** How long to wait before the start that follows this many ends in a row, milliseconds. */
export function restartDelayMs(endsInARow: number): number {
  return Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (endsInARow - 1));
}

/** A service that is started again whenever it ends, later each time that it ends soon. */
export class KeptRunning {
  readonly #start: () => Service;
  readonly #onEnd: (service: Service, exit: Exit, retryInMs: number) => void;
  #service: Service;
  #stopping = false;
  #endsInARow = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(start: () => Service, onEnd: (service: Service, exit: Exit, retryInMs: number) => void) {
    this.#start = start;
    this.#onEnd = onEnd;
    this.#service = this.#watch(start());
  }

  get service(): Service {
    return this.#service;
  }

  async stop(graceMs: number): Promise<Exit> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    return this.#service.stop(graceMs);
  }

  #watch(service: Service): Service {
    const since = performance.now();
    void service.exited.then((exit) => {
      if (this.#stopping) return;
      this.#endsInARow = performance.now() - since > HEALTHY_MS ? 1 : this.#endsInARow + 1;
      const delay = restartDelayMs(this.#endsInARow);
      this.#onEnd(service, exit, delay);
      this.#timer = setTimeout(() => {
        this.#service = this.#watch(this.#start());
      }, delay);
    });
    return service;
  }
}
