/**
 * What this isolate knows for a while: the oldest goes first when it weighs too much. Values, and no promises: what one
 * request waits for, another must not.
 */
export class Remembered<Value> {
  readonly #entries = new Map<string, { readonly until: number; readonly value: Value; readonly weight: number }>();
  readonly #mostWeight: number;
  #weight = 0;

  constructor(mostWeight: number) {
    this.#mostWeight = mostWeight;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.until > Date.now() ? entry.value : undefined;
  }

  set(key: string, value: Value, forMs: number, weight = 1): void {
    this.#forget(key);
    this.#entries.set(key, { until: Date.now() + forMs, value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#mostWeight) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }
}
