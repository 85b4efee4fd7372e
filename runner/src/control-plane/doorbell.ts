import { backoffMs, type Pacing } from "@reelway/shared/client/retry";
import { DoorbellMessage, doorbellPing, doorbellPong } from "@reelway/shared/contracts/doorbell";
import type { Logger } from "pino";

export interface DoorbellOptions {
  /** Where and with which headers; asked anew for every connection, since the credential may change. */
  readonly address: () => { url: string; headers: Record<string, string> };
  /** There may be work: rung, or newly connected. */
  readonly onWork: () => void;
  /** A lease is over: beat now. */
  readonly onStop: () => void;
  readonly pacing: Pacing;
  readonly log: Logger;
  readonly pingMs?: number;
}

const connectMs = 10_000;
/** Pings that may stay unanswered before the socket counts as dead. */
const missedPings = 2;
const retryPolicy = { retries: Number.POSITIVE_INFINITY, baseMs: 1_000, maxMs: 30_000 };
/** A deploy closes every runner's socket at once: they come back spread over this time, milliseconds. */
const reconnectSpreadMs = 2_000;

/** The WebSocket on which the region's queue rings. Hints only: without it, polling goes on. */
export class Doorbell {
  readonly #options: DoorbellOptions;
  readonly #stop = new AbortController();
  #connected = false;

  constructor(options: DoorbellOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Keeps a socket open until stopped. */
  async run(): Promise<void> {
    const { pacing, log } = this.#options;
    const { signal } = this.#stop;
    for (let retry = 0; !signal.aborted; ) {
      const { wasOpen, reason } = await this.#session();
      if (signal.aborted) return;
      retry = wasOpen ? 0 : retry + 1;
      const waitMs = wasOpen ? pacing.random() * reconnectSpreadMs : backoffMs(retry - 1, retryPolicy, pacing.random);
      log[wasOpen ? "info" : "debug"]({ reason, waitMs: Math.round(waitMs) }, "doorbell is down; polling meanwhile");
      await pacing.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  /** One connection, from opening to its end. Never rejects. */
  #session(): Promise<{ wasOpen: boolean; reason: string }> {
    const { address, onWork, onStop, log, pingMs = 20_000 } = this.#options;
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const { url, headers } = address();
      const socket = new WebSocket(url, { headers });
      let wasOpen = false;
      let ended = false;
      let unanswered = 0;
      let pings: NodeJS.Timeout | undefined;
      const opening = setTimeout(() => end("no answer to the handshake"), connectMs);
      // The close handshake is not waited for: a dead peer would never finish it.
      const end = (reason: string) => {
        // The close of a socket that was given up comes late, and says nothing about the one that followed it.
        if (ended) return;
        ended = true;
        clearTimeout(opening);
        clearInterval(pings);
        signal.removeEventListener("abort", onAbort);
        this.#connected = false;
        socket.close();
        resolve({ wasOpen, reason });
      };
      const onAbort = () => end("stopped");
      signal.addEventListener("abort", onAbort, { once: true });

      socket.addEventListener("open", () => {
        clearTimeout(opening);
        wasOpen = true;
        this.#connected = true;
        log.info("doorbell connected");
        pings = setInterval(() => {
          if (unanswered++ >= missedPings) end("the socket is dead");
          else socket.send(doorbellPing);
        }, pingMs);
        onWork();
      });
      socket.addEventListener("message", ({ data }) => {
        unanswered = 0;
        if (data === doorbellPong) return;
        const message = DoorbellMessage.safeParse(jsonOf(data));
        if (!message.success) log.debug("unknown doorbell message");
        else if (message.data.type === "work") onWork();
        else onStop();
      });
      socket.addEventListener("error", () => end("connection failed"));
      socket.addEventListener("close", ({ code }) => end(`closed with ${code}`));
    });
  }
}

function jsonOf(data: unknown): unknown {
  try {
    return typeof data === "string" ? JSON.parse(data) : undefined;
  } catch {
    return undefined;
  }
}
