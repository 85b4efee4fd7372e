import type { ProgressReport } from "@reelway/shared/contracts/lease";
import type { Stage } from "@reelway/shared/jobs/state-machine";
import { limits } from "@reelway/shared/limits";

/** Where each stage lies in the whole, percent. The last hundredth is the control plane's: it says when a job is done. */
const spans: Readonly<Record<Stage, readonly [number, number]>> = {
  queued: [0, 0],
  downloading: [0, 5],
  processing: [5, 90],
  uploading: [90, 99],
  finalizing: [99, 99],
};
const intervalMs = 1_000 / limits.progressPerSecond;
/** Reports on their way at once; beyond, only the latest waits. */
const inFlightMax = 2;

export type ProgressDetails = Pick<ProgressReport, "fps" | "speed" | "etaSeconds" | "message">;
const noDetails: ProgressDetails = { fps: null, speed: null, etaSeconds: null, message: "" };

export interface ProgressOptions {
  /** Sends one report. A failure is its own business: progress never delays work. */
  readonly send: (report: ProgressReport) => Promise<void>;
  readonly now: () => number;
  /** Runs `task` after `ms`, once; returns the cancel. */
  readonly after: (ms: number, task: () => void) => () => void;
}

/** Thins a task's progress to two reports a second, always the latest; a change of stage goes out at once. */
export class TaskProgress {
  readonly #options: ProgressOptions;
  #sequence = 0;
  #percent = 0;
  #stage: Stage = "queued";
  #pending: Omit<ProgressReport, "sequence"> | null = null;
  #sentAt = Number.NEGATIVE_INFINITY;
  #inFlight = 0;
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** `percent` within the stage, 0 to 100. The overall percent never goes back. */
  update(stage: Stage, percent: number, details: ProgressDetails = noDetails): void {
    if (this.#closed) return;
    const [from, to] = spans[stage];
    this.#percent = Math.max(this.#percent, from + ((to - from) * Math.min(100, Math.max(0, percent))) / 100);
    this.#pending = { stage, percent: Math.round(this.#percent * 100) / 100, ...details };
    if (stage !== this.#stage) {
      this.#stage = stage;
      this.#send();
    } else this.#sendInTime();
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #sendInTime(): void {
    if (this.#cancel !== null) return;
    const waitMs = this.#sentAt + intervalMs - this.#options.now();
    if (waitMs <= 0 && this.#inFlight < inFlightMax) {
      this.#send();
      return;
    }
    this.#cancel = this.#options.after(Math.max(waitMs, 1), () => {
      this.#cancel = null;
      if (this.#pending === null || this.#closed) return;
      if (this.#inFlight < inFlightMax) this.#send();
    });
  }

  #send(): void {
    if (this.#pending === null) return;
    this.#cancel?.();
    this.#cancel = null;
    const report = { sequence: ++this.#sequence, ...this.#pending };
    this.#pending = null;
    this.#sentAt = this.#options.now();
    this.#inFlight++;
    void this.#options.send(report).finally(() => {
      this.#inFlight--;
    });
  }
}
