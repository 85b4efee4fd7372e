const windowMs = 8_000;

/** How fast bytes go, over the last seconds. */
export class Pace {
  #samples: { at: number; bytes: number }[] = [];

  /** Bytes that are up in all. */
  note(bytes: number, at: number): void {
    this.#samples = [...this.#samples.filter((sample) => sample.at > at - windowMs), { at, bytes }];
  }

  /** Bytes a second; null while too little is known. */
  get perSecond(): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.at - first.at < 500) return null;
    return Math.max(0, ((last.bytes - first.bytes) * 1_000) / (last.at - first.at));
  }
}
