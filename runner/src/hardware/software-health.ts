import type { Logger } from "pino";
import { videoEncoders } from "../ffmpeg/arguments/encoders.ts";
import { Rest } from "./rest.ts";

/** Which encoders of software may be used, and who says that they made other pictures. */
export interface SoftwareHealth {
  /** By ffmpeg's names; those of sound always are. */
  readonly trusted: () => ReadonlySet<string>;
  /** What they made for a job did not show its source. */
  readonly wrong: (jobId: string, reason: string) => void;
}

export interface SoftwareHealthOptions {
  /** That encoded real pictures on this host. */
  readonly proven: ReadonlySet<string>;
  /** Has these encode pictures again, and returns those that make the right ones. */
  readonly prove: (names: readonly string[]) => Promise<ReadonlySet<string>>;
  /** What this host can do has changed. */
  readonly onChange: () => void;
  /** The first rest, milliseconds; each is twice as long as the one before, until they were right for an hour. */
  readonly restMs: number;
  readonly log: Logger;
}

/** Two jobs within so long are no accident of one source. */
const suspicionMs = 60 * 60_000;

/**
 * The breaker of software's encoders of pictures, all at once: where one makes the wrong ones it is the host's memory, its
 * processor or its ffmpeg, and the others have the same. They are proved at once, and those come back that make the right ones:
 * one job whose source we misread must not take a host away. After a second job's wrong result they rest first.
 */
export class SoftwareBreaker implements SoftwareHealth {
  readonly #options: SoftwareHealthOptions;
  readonly #rest: Rest;
  readonly #pictures: readonly string[];
  #withdrawn: ReadonlySet<string> = new Set();
  #suspected: { readonly jobId: string; readonly at: number } | null = null;

  constructor(options: SoftwareHealthOptions) {
    this.#options = options;
    const { restMs: firstMs, log } = options;
    this.#pictures = videoEncoders.map(({ name }) => name).filter((name) => options.proven.has(name));
    this.#rest = new Rest({
      firstMs,
      probe: () => this.#probe(),
      onStill: (reason, restMs) =>
        log.warn({ reason, restMs }, "software's encoders are not seen to make the right pictures yet"),
      onOver: () => log.info("software's encoders make the right pictures again"),
    });
  }

  trusted(): ReadonlySet<string> {
    return new Set([...this.#options.proven].filter((name) => !this.#withdrawn.has(name)));
  }

  wrong(jobId: string, reason: string): void {
    const now = Date.now();
    const before = this.#suspected !== null && now - this.#suspected.at < suspicionMs ? this.#suspected : null;
    if (before === null) this.#rest.forget();
    const isAgain = before !== null && before.jobId !== jobId;
    this.#suspected = { jobId, at: now };
    const isUnderWay = this.#withdrawn.size > 0;
    if (this.#withdrawn.size === this.#pictures.length) return;
    this.#withdrawn = new Set(this.#pictures);
    const { log, onChange } = this.#options;
    log.error({ reason, isAgain }, "software's encoders are set aside: they make other pictures");
    onChange();
    // Else a proof is under way, or a rest.
    if (isUnderWay) return;
    if (isAgain) this.#rest.begin();
    else void this.#rest.probeNow();
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
