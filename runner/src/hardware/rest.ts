import { reasonOf } from "@reelway/shared/errors/reason-of";

export interface RestOptions {
  /** The first pause, milliseconds; doubled each time. */
  readonly firstMs: number;
  /** Has what rests do its simplest work. */
  readonly probe: () => Promise<{ readonly passed: boolean; readonly log: string }>;
  readonly onOver: () => void;
  /** The probe failed: the next comes after so many milliseconds. */
  readonly onStill: (reason: string, nextMs: number) => void;
}

const longestMs = 30 * 60_000;

/** Keeps something from work that failed, until it passes a probe: each pause is twice as long as the one before. */
export class Rest {
  readonly #options: RestOptions;
  #ms: number;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: RestOptions) {
    this.#options = options;
    this.#ms = options.firstMs;
  }

  /** How long the next pause is, milliseconds. */
  get nextMs(): number {
    return this.#ms;
  }

  begin(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.probeNow(), this.#ms).unref();
    this.#ms = Math.min(longestMs, this.#ms * 2);
  }

  /** Without a pause; what fails then rests. */
  async probeNow(): Promise<void> {
    const { probe, onOver, onStill } = this.#options;
    const { passed, log } = await probe().catch((error: unknown) => ({ passed: false, log: reasonOf(error) }));
    if (this.#closed) return;
    if (passed) return onOver();
    onStill(log.slice(0, 300), this.#ms);
    this.begin();
  }

  /** What rested has proved itself: the next pause is the first again. */
  forget(): void {
    this.#ms = this.#options.firstMs;
  }

  /** Probes nothing any more. */
  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
