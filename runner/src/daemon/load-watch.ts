import type { HostLoad } from "@reelway/shared/contracts/host-load";
import type { Logger } from "pino";
import { HostLoadSampler } from "../hardware/host-load.ts";

/** Between two looks, milliseconds. */
const everyMs = 10_000;

/** Looks at the host's load now and then: for /metrics and for the fleet's list. */
export class LoadWatch {
  readonly #sampler = new HostLoadSampler();
  readonly #speed: () => number | null;
  readonly #onLoad: (load: HostLoad) => void;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #last: HostLoad | null = null;

  /** `speed`: how fast tasks go just now, see HostLoad. */
  constructor(speed: () => number | null, onLoad: (load: HostLoad) => void, log: Logger) {
    this.#speed = speed;
    this.#onLoad = onLoad;
    this.#log = log;
  }

  /** As it was seen last; null before the first look. */
  get last(): HostLoad | null {
    return this.#last;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#look(), everyMs);
    void this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    // A driver that hangs must not be asked again and again.
    if (this.#looking) return;
    this.#looking = true;
    try {
      this.#last = { ...(await this.#sampler.sample()), speed: this.#speed() };
      this.#onLoad(this.#last);
    } catch (err) {
      this.#log.debug({ err }, "the host's load is unknown");
    } finally {
      this.#looking = false;
    }
  }
}
