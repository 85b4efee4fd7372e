/** Items in the order of a total comparison, found by binary search. No two items compare equal. */
export class SortedList<T> {
  readonly #items: T[] = [];
  readonly #compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  first(): T | undefined {
    return this.#items[0];
  }

  /** The leading items that pass, at most `limit`. */
  takeWhile(passes: (item: T) => boolean, limit: number): T[] {
    const taken: T[] = [];
    for (const item of this.#items) {
      if (taken.length >= limit || !passes(item)) break;
      taken.push(item);
    }
    return taken;
  }

  find(passes: (item: T) => boolean): T | undefined {
    return this.#items.find(passes);
  }

  add(item: T): void {
    this.#items.splice(this.#position(item), 0, item);
  }

  remove(item: T): void {
    this.#items.splice(this.#position(item), 1);
  }

  /** Of the first item that is not before this one. */
  #position(item: T): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#items[middle];
      if (other !== undefined && this.#compare(other, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
