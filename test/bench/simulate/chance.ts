/**
 * Draws that depend on a seed and on what they are for, and on nothing else: how long a chunk takes does not move with
 * what else has been drawn, so that two runs differ by what is compared alone.
 */
export class Chance {
  readonly #seed: string;

  constructor(seed: number) {
    this.#seed = String(seed);
  }

  /** In [0, 1). FNV-1a, then mixed (murmur3's finaliser). */
  of(what: string): number {
    let hash = 2_166_136_261;
    for (const character of `${this.#seed}/${what}`) hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  }

  between(what: string, low: number, high: number): number {
    return low + this.of(what) * (high - low);
  }

  /** Around 1, seldom far from it: `spread` is the standard deviation of its logarithm. */
  around1(what: string, spread: number): number {
    const normal =
      Math.sqrt(-2 * Math.log(1 - this.of(`${what}/length`))) * Math.cos(2 * Math.PI * this.of(`${what}/angle`));
    return Math.exp(spread * normal);
  }

  /** Of something that happens every `mean` on the average. */
  waitOf(what: string, mean: number): number {
    return -mean * Math.log(1 - this.of(what));
  }

  pick<T>(what: string, choices: readonly T[]): T {
    const choice = choices[Math.floor(this.of(what) * choices.length)];
    if (choice === undefined) throw new RangeError("nothing to pick from");
    return choice;
  }
}
