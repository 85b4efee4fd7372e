import type { JobStatus } from "../../contracts/job.ts";
import { withoutControls } from "../../contracts/text.ts";
import type { JobWaiting } from "../../contracts/waiting.ts";
import type { Output } from "../output.ts";
import { formatClock } from "../terminal/units.ts";

/** Most jobs start at once; who waits longer than this wants to know why. */
const firstLookMs = 3_000;
const nextLookMs = 10_000;

/** Says why a job waits, after a few seconds of it and again when the reason changes. Asks in the background, and never fails. */
export class WaitingRemarks {
  readonly #ask: (signal: AbortSignal) => Promise<JobWaiting>;
  readonly #output: Output;
  #timer: NodeJS.Timeout | null = null;
  #abort = new AbortController();
  #said = "";

  constructor(ask: (signal: AbortSignal) => Promise<JobWaiting>, output: Output) {
    this.#ask = ask;
    this.#output = output;
  }

  follow({ state }: JobStatus): void {
    if (state !== "queued") this.stop();
    else if (this.#timer === null) this.#lookIn(firstLookMs);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  #lookIn(ms: number): void {
    this.#timer = setTimeout(() => void this.#look(), ms).unref();
  }

  async #look(): Promise<void> {
    const { signal } = this.#abort;
    // An older control plane does not know; one that is away for a moment is asked again.
    const waiting = await this.#ask(signal).catch(() => undefined);
    if (signal.aborted) return;
    if (waiting && waiting.reason !== "not_waiting" && waiting.reason !== "next") this.#say(waiting);
    this.#lookIn(nextLookMs);
  }

  #say(waiting: JobWaiting): void {
    if (waiting.message === this.#said) return;
    this.#said = waiting.message;
    this.#output.note(this.#output.err.dim(`  ${describeWaiting(waiting, Date.now())}`));
  }
}

/** `No runner that is online has encode:h265`, `…; for 4:10 more`, `…; starts in about 2:00`. */
export function describeWaiting({ message, until, etaAt }: JobWaiting, now: number): string {
  const figures = [
    ...(until === null ? [] : [`for ${formatClock((until - now) / 1_000)} more`]),
    ...(etaAt === null ? [] : [`starts in about ${formatClock((etaAt - now) / 1_000)}`]),
  ];
  return withoutControls([message, ...figures].join("; "));
}
