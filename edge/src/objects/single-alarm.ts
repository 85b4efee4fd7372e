/** The platform takes no date after 2189; who is woken early finds nothing due and arms again. */
const longestMs = 30 * 86_400_000;

/**
 * The one alarm of an object, set only when it must ring earlier than it would anyway: each setting is a billed row.
 */
export class SingleAlarm {
  readonly #storage: DurableObjectStorage;
  #armedAt: number | null = null;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Reads what is armed from before this object woke. Call it in the constructor, before any event is let in. */
  async load(): Promise<void> {
    this.#armedAt = await this.#storage.getAlarm();
  }

  /** The alarm has gone off: nothing is armed now. */
  fired(): void {
    this.#armedAt = null;
  }

  /** Rings at `at` or earlier; never in the past, which the platform may delay for long. */
  armBy(at: number, now: number): void {
    const target = Math.min(Math.max(at, now + 1), now + longestMs);
    if (this.#armedAt !== null && this.#armedAt <= target) return;
    this.#armedAt = target;
    void this.#storage.setAlarm(target);
  }
}
