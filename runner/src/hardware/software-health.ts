import type { Logger } from "pino";
import { videoEncoders } from "../ffmpeg/arguments/encoders.ts";
import { Rest } from "./rest.ts";

/** Which encoders of software may be used, and who says that they made other pictures. */
export interface SoftwareHealth {
  /** By ffmpeg's names; those of sound always are. */
  readonly trusted: () => ReadonlySet<string>;
  /** What they made did not show its source. */
  readonly wrong: (reason: string) => void;
}

export interface SoftwareHealthOptions {
  /** That encoded real pictures on this host. */
  readonly proven: ReadonlySet<string>;
  /** Has these encode pictures again, and returns those that make the right ones. */
  readonly prove: (names: readonly string[]) => Promise<ReadonlySet<string>>;
  /** What this host can do has changed. */
  readonly onChange: () => void;
  /** The first rest, milliseconds; twice as long each time that they are wrong, for as long as the runner lives. */
  readonly restMs: number;
  readonly log: Logger;
}

/**
 * The breaker of software's encoders of pictures, all at once: where one makes the wrong ones it is the host's memory, its
 * processor or its ffmpeg, and the others have the same. Once is enough. After a rest those come back that are seen to be right.
 */
export class SoftwareBreaker implements SoftwareHealth {
  readonly #options: SoftwareHealthOptions;
  readonly #rest: Rest;
  readonly #pictures: readonly string[];
  #withdrawn: ReadonlySet<string> = new Set();

  constructor(options: SoftwareHealthOptions) {
    this.#options = options;
    const { restMs: firstMs, log } = options;
    this.#pictures = videoEncoders.map(({ name }) => name).filter((name) => options.proven.has(name));
    this.#rest = new Rest({
      firstMs,
      probe: () => this.#probe(),
      onStill: (reason, restMs) => log.warn({ reason, restMs }, "software's encoders still make other pictures"),
      onOver: () => log.info("software's encoders make the right pictures again"),
    });
  }

  trusted(): ReadonlySet<string> {
    return new Set([...this.#options.proven].filter((name) => !this.#withdrawn.has(name)));
  }

  wrong(reason: string): void {
    if (this.#withdrawn.size > 0) return;
    const { log, onChange } = this.#options;
    this.#withdrawn = new Set(this.#pictures);
    log.error({ reason, restMs: this.#rest.nextMs }, "software's encoders are set aside: they make other pictures");
    onChange();
    this.#rest.begin();
  }

  /** Probes nothing any more. */
  close(): void {
    this.#rest.close();
  }

  async #probe() {
    const right = await this.#options.prove([...this.#withdrawn]);
    const still = [...this.#withdrawn].filter((name) => !right.has(name));
    if (still.length !== this.#withdrawn.size) {
      this.#withdrawn = new Set(still);
      this.#options.onChange();
    }
    return { passed: still.length === 0, log: still.join(" ") };
  }
}
