import { open } from "node:fs/promises";
import { backoffMs, type Pacing } from "@reelway/shared/client/retry";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { UrlPolicy } from "@reelway/shared/net/url-guard";
import { trickleBytes } from "../storage/storage-request.ts";
import { isWebPage, SNIFFED_BYTES } from "../storage/web-page.ts";
import { FetchEvent } from "./fetch-events.ts";
import { type EngineScope, runForLines, type Say } from "./run-engine.ts";

export interface EngineFetch {
  readonly scope: EngineScope;
  readonly url: string;
  readonly policy: UrlPolicy;
  /** Where the file is written; it appears there whole or not at all. */
  readonly path: string;
  readonly bytesMax: number;
  /** Makes room for the whole file, or fails. */
  readonly claimSpace: (bytes: number) => Promise<unknown>;
  readonly onBytes: (received: number, totalBytes: number | null) => void;
  /** Less than a trickle in this time, and all connections are given up, milliseconds. */
  readonly stallMs: number;
  /** Failures in a row that the engine tries again. */
  readonly retries?: number;
  readonly pacing: Pacing;
}

/** Stalls in a row without anything new, before it is given up. */
const stallsMax = 6;
const retryPolicy = { retries: stallsMax, baseMs: 500, maxMs: 15_000 };
const RETRIES = 5;

/**
 * Brings a file from a URL to disk over several connections. What a stall leaves is gone on with, if its server can.
 * Throws the same codes as fetchSource: source_too_large, source_not_media, source_not_found, source_refused,
 * source_forbidden, source_unavailable, scratch_full; the signal's reason.
 */
export async function fetchByEngine(options: EngineFetch): Promise<void> {
  const { scope, pacing, stallMs } = options;
  let furthest = 0;
  let stalls = 0;
  for (;;) {
    const attempt = new Attempt(options);
    try {
      await attempt.run();
      return await refuseNonMedia(options.path, attempt.contentType);
    } catch (error) {
      scope.signal.throwIfAborted();
      if (!attempt.stalled) throw error;
      stalls = attempt.received - furthest >= trickleBytes ? 1 : stalls + 1;
      furthest = Math.max(furthest, attempt.received);
      if (stalls >= stallsMax)
        throw new ReelwayError("source_unavailable", `next to nothing came in ${stallMs} ms`, { cause: error });
      await pacing.sleep(backoffMs(stalls - 1, retryPolicy, pacing.random), scope.signal);
    }
  }
}

/** One run of the engine. */
class Attempt {
  received = 0;
  contentType: string | null = null;
  stalled = false;
  readonly #options: EngineFetch;
  readonly #stop = new AbortController();
  #totalBytes: number | null = null;
  /** Looks at the pace that are passed over. */
  #patience = 0;

  constructor(options: EngineFetch) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { scope, url } = this.#options;
    const stopWatching = this.#watchPace();
    try {
      await runForLines({ ...scope, signal: AbortSignal.any([scope.signal, this.#stop.signal]) }, this.#command(), {
        // A URL may be a secret, and a command line is everybody's to read.
        first: url,
        onLine: (line, say) => this.#heed(FetchEvent.parse(line), say),
      });
    } finally {
      stopWatching();
    }
  }

  #command(): [string, ...string[]] {
    const { path, bytesMax, policy, retries = RETRIES } = this.#options;
    const hosts = policy.ownHosts.flatMap((host) => ["--own-host", host]);
    const limits = ["--max-bytes", String(bytesMax), "--retries", String(retries)];
    return ["fetch", "-", "-o", path, "--json", "--ask-room", ...limits, ...hosts, ...privateFlag(policy)];
  }

  #heed(event: FetchEvent, say: Say): void {
    if (event.event === "room") this.#makeRoom(event.bytes, say);
    if (event.event === "started") {
      this.contentType = event.contentType;
      this.#count(event.resumedBytes, event.total);
    }
    // A server that asks to be left alone for a while is not stalled.
    if (event.event === "retry") this.#patience = Math.ceil(event.delayMs / this.#options.stallMs);
    if (event.event === "restarted") this.#count(0, this.#totalBytes);
    if (event.event === "progress") this.#count(event.bytes, event.total);
    if (event.event === "done") this.#count(event.bytes, event.bytes);
    if (event.event === "retry" || event.event === "done")
      this.#options.scope.log?.debug({ fetch: event }, "the engine fetches");
  }

  /** Nothing is written until the answer is there. */
  #makeRoom(bytes: number, say: Say): void {
    this.#options.claimSpace(bytes).then(
      () => say("go on"),
      (error: unknown) => this.#stop.abort(error),
    );
  }

  #count(bytes: number, totalBytes: number | null): void {
    this.received = bytes;
    this.#totalBytes = totalBytes;
    this.#options.onBytes(bytes, totalBytes);
  }

  /** Silence of a connection ends in the engine; this ends what is next to silent. */
  #watchPace(): () => void {
    const { stallMs } = this.#options;
    let before = 0;
    const timer = setInterval(() => {
      if (this.#patience > 0) this.#patience--;
      else if (this.received < before + trickleBytes && !this.#stop.signal.aborted) {
        this.stalled = true;
        this.#stop.abort(new Error("stalled"));
      }
      before = this.received;
    }, stallMs);
    return () => clearInterval(timer);
  }
}

function privateFlag({ allowPrivate }: UrlPolicy): string[] {
  return allowPrivate ? ["--allow-private"] : [];
}

/** A login page with status 200 is the usual answer to a link that has expired. */
async function refuseNonMedia(path: string, contentType: string | null): Promise<void> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFFED_BYTES), 0, SNIFFED_BYTES, 0);
    if (bytesRead === 0) throw new ReelwayError("source_not_media", "the file is empty");
    if (isWebPage(buffer.subarray(0, bytesRead), contentType))
      throw new ReelwayError("source_not_media", "what lies there is a web page");
  } finally {
    await file.close();
  }
}
