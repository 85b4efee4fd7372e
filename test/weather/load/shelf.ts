/** Assets of one source that a tenant keeps for further orders, unless it has fewer. */
const keptPerSource = 3;

interface Kept {
  readonly id: string;
  readonly source: string;
  /** Orders that are being made on it. */
  users: number;
}

/** The assets that a tenant has ready: shared by its customers, of whom none deletes what another is ordering with. */
export class Shelf {
  #kept: Kept[] = [];

  /** An asset of this source to order with; null where another is to be uploaded. `isFresh`: rather that, if there is room. */
  borrow(source: string, isFresh: boolean, random: () => number): string | null {
    const own = this.#kept.filter((one) => one.source === source);
    const one = own[Math.floor(random() * own.length)];
    if (one === undefined || (isFresh && own.length < keptPerSource)) return null;
    one.users += 1;
    return one.id;
  }

  /** Puts a new one there, and borrows it. */
  add(source: string, id: string): void {
    this.#kept.push({ id, source, users: 1 });
  }

  giveBack(id: string): void {
    for (const one of this.#kept) if (one.id === id) one.users -= 1;
  }

  /** Takes one away that nobody is ordering with and that is not the last of its source; null where there is none. */
  takeAway(): string | null {
    const isSpare = (one: Kept) =>
      one.users === 0 && this.#kept.some((other) => other !== one && other.source === one.source);
    const spare = this.#kept.find(isSpare);
    this.#kept = this.#kept.filter((one) => one !== spare);
    return spare?.id ?? null;
  }
}
