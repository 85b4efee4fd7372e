import { type Signal, signal } from "@preact/signals";
import { backoffMs } from "@reelway/shared/client/retry";
import { JobStatus } from "@reelway/shared/contracts/job";
import { socketClose } from "@reelway/shared/contracts/socket-close";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { client } from "../api/client.ts";
import { lost } from "../session/lost.ts";

const reconnect = { retries: Number.POSITIVE_INFINITY, baseMs: 300, maxMs: 10_000 };
/** Sockets that fail in a row before the status is asked for instead, and for how many turns. */
const socketsBeforePolling = 3;
const pollsBeforeSocket = 15;
const pollMs = 2_000;
/** A socket that says nothing for so long may be dead without knowing: the next one begins with the current status. */
const silenceMs = 60_000;

/** The live status of one job, by its WebSocket; by polling where that does not work. */
export class JobFeed {
  readonly status: Signal<JobStatus | null> = signal(null);
  readonly #id: string;
  #watchers = 0;
  #stop = new AbortController();

  constructor(id: string) {
    this.#id = id;
  }

  /** Follows the job until the returned function is called by everybody who asked. */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1) {
      this.#stop = new AbortController();
      void this.#follow(this.#stop.signal).catch(() => undefined);
    }
    return () => {
      this.#watchers -= 1;
      if (this.#watchers === 0) this.#stop.abort();
    };
  }

  async #follow(stop: AbortSignal): Promise<void> {
    let failures = 0;
    for (let turn = 0; !stop.aborted && !this.#ended; turn++) {
      const polling = failures >= socketsBeforePolling && turn % pollsBeforeSocket !== 0;
      if (polling) await this.#look(stop);
      else failures = (await this.#listen(stop)) ? 0 : failures + 1;
      if (lost.value) return;
      await pause(polling ? pollMs : backoffMs(Math.max(0, failures - 1), reconnect, Math.random), stop);
    }
  }

  /** One socket's life. True where it brought something. */
  #listen(stop: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = new WebSocket(`/api/v1/jobs/${encodeURIComponent(this.#id)}/events`);
      let heard = false;
      let timer = setTimeout(() => socket.close(), silenceMs);
      const leave = () => socket.close();
      stop.addEventListener("abort", leave, { once: true });
      socket.onmessage = ({ data }) => {
        heard = this.#take(data) || heard;
        clearTimeout(timer);
        timer = setTimeout(() => socket.close(), silenceMs);
      };
      socket.onclose = ({ code }) => {
        clearTimeout(timer);
        stop.removeEventListener("abort", leave);
        if (code === socketClose.revoked) lost.value = true;
        resolve(heard);
      };
    });
  }

  async #look(stop: AbortSignal): Promise<void> {
    const status = await client.jobs.status(this.#id, stop).catch(() => null);
    if (status !== null) this.#show(status);
  }

  #take(frame: unknown): boolean {
    if (typeof frame !== "string") return false;
    const status = JobStatus.safeParse(JSON.parse(frame));
    if (status.success) this.#show(status.data);
    return status.success;
  }

  #show(status: JobStatus): void {
    if (this.status.value === null || status.sequence > this.status.value.sequence) this.status.value = status;
  }

  get #ended(): boolean {
    return this.status.value !== null && isTerminal(this.status.value.state);
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stopped = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      stop.removeEventListener("abort", stopped);
      resolve();
    }, ms);
    stop.addEventListener("abort", stopped, { once: true });
  });
}
