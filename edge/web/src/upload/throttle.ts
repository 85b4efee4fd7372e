/** Calls that come too close to each other: the first counts at once, the last when its time has come. */
export class Throttle {
  readonly #ms: number;
  readonly #act: () => void;
  #actedAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number, act: () => void) {
    this.#ms = ms;
    this.#act = act;
  }

  call(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#now(), Math.max(0, this.#actedAt + this.#ms - Date.now()));
  }

  /** What is still to come does not. */
  cancel(): void {
    clearTimeout(this.#timer);
  }

  #now(): void {
    this.#actedAt = Date.now();
    this.#act();
  }
}
