import { type FileHandle, open } from "node:fs/promises";
import { backoffMs, type Pacing } from "@reelway/shared/client/retry";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isDiskFull } from "./disk-full.ts";
import type { OpenSource, SourceAnswer } from "./source-answer.ts";
import { readRetries, trickleBytes } from "./storage-request.ts";
import { isWebPage, SNIFFED_BYTES } from "./web-page.ts";

export interface FetchOptions {
  readonly open: OpenSource;
  /** Where the file is written; made anew. */
  readonly path: string;
  readonly bytesMax: number;
  /** Makes room for the whole file, or fails. */
  readonly claimSpace: (bytes: number) => Promise<unknown>;
  readonly onBytes: (received: number, totalBytes: number | null) => void;
  /** Less than a trickle in this time, and the connection is given up, milliseconds. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
  readonly pacing: Pacing;
}

/** Room for a file of unknown size is made in such steps, bytes. */
const claimStepBytes = 64 * 1024 * 1024;

/**
 * Brings a file from somewhere else to disk: goes on where a connection broke, if its server can, else from the start.
 * @throws ReelwayError source_too_large, source_not_media, source_unavailable, scratch_full, what `open` says; the
 * signal's reason.
 */
export async function fetchSource(options: FetchOptions): Promise<void> {
  const file = await open(options.path, "w");
  try {
    await fetchAll(new Target(file, options), options);
  } finally {
    await file.close();
  }
}

async function fetchAll(target: Target, { open: openSource, signal, stallMs, pacing }: FetchOptions): Promise<void> {
  let validator: string | null = null;
  let failures = 0;
  let furthest = 0;
  for (;;) {
    signal.throwIfAborted();
    const stall = new AbortController();
    try {
      const answer = await openSource(target.received, validator, AbortSignal.any([signal, stall.signal]));
      // A part may come without a validator: that it is of the same file is what was asked (RFC 9110 §15.3.7).
      const isPartOfSame = answer.from > 0 && (answer.validator ?? validator) === validator;
      if (target.received > 0 && !isPartOfSame) await target.startAgain();
      if (!isPartOfSame) validator = answer.validator;
      const stopWatching = watchPace(target, stallMs, stall);
      try {
        await receive(answer, target);
      } finally {
        stopWatching();
        answer.body.destroy();
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ReelwayError) throw error;
      if (isDiskFull(error)) throw new ReelwayError("scratch_full", "no space left while fetching", { cause: error });
      // What came before and comes again is no progress: a file that always breaks at one place would be fetched for ever.
      failures = target.received - furthest >= trickleBytes ? 1 : failures + 1;
      furthest = Math.max(furthest, target.received);
      const reason = stall.signal.aborted ? `next to nothing came in ${stallMs} ms` : reasonOf(error);
      if (failures > readRetries.retries) throw new ReelwayError("source_unavailable", reason, { cause: error });
      // Without something to recognise it by, the rest could be of another file.
      if (validator === null) await target.startAgain();
      await pacing.sleep(backoffMs(failures - 1, readRetries, pacing.random), signal);
    }
  }
}

async function receive({ body, from, totalBytes, contentType }: SourceAnswer, target: Target): Promise<void> {
  if (from !== target.received) throw new Error("the server sent another part than asked for");
  await target.expect(totalBytes, contentType);
  for await (const chunk of body) if (Buffer.isBuffer(chunk)) await target.write(chunk);
  await target.end(totalBytes);
}

/** Ends an exchange that is not quite silent but next to it; silence itself ends at the agent. */
function watchPace(target: Target, stallMs: number, stall: AbortController): () => void {
  let before = target.written;
  const timer = setInterval(() => {
    if (target.written - before < trickleBytes) stall.abort(new Error("stalled"));
    before = target.written;
  }, stallMs);
  return () => clearInterval(timer);
}

/** The file as far as it has come. */
class Target {
  received = 0;
  /** All that ever came, starts from the beginning included. */
  written = 0;
  readonly #file: FileHandle;
  readonly #options: FetchOptions;
  #totalBytes: number | null = null;
  #claimed = 0;
  #contentType: string | null = null;
  #head = Buffer.alloc(0);

  constructor(file: FileHandle, options: FetchOptions) {
    this.#file = file;
    this.#options = options;
  }

  async expect(totalBytes: number | null, contentType: string | null): Promise<void> {
    this.#refuseLarge(totalBytes ?? 0);
    this.#totalBytes = totalBytes;
    this.#contentType = contentType;
    if (totalBytes !== null) await this.#claim(totalBytes);
  }

  async write(chunk: Buffer): Promise<void> {
    this.#refuseLarge(this.received + chunk.length);
    this.#sniff(chunk);
    await this.#claim(this.received + chunk.length);
    for (let offset = 0; offset < chunk.length; )
      offset += (await this.#file.write(chunk, offset, chunk.length - offset, this.received + offset)).bytesWritten;
    this.received += chunk.length;
    this.written += chunk.length;
    this.#options.onBytes(this.received, this.#totalBytes);
  }

  async end(totalBytes: number | null): Promise<void> {
    if (totalBytes !== null && this.received !== totalBytes)
      throw new Error(`the answer ended at byte ${this.received} of ${totalBytes}`);
    if (this.received === 0) throw new ReelwayError("source_not_media", "the file is empty");
    this.#refusePage();
  }

  async startAgain(): Promise<void> {
    await this.#file.truncate(0);
    this.received = 0;
    this.#head = Buffer.alloc(0);
  }

  #refuseLarge(bytes: number): void {
    const { bytesMax } = this.#options;
    if (bytes > bytesMax) throw new ReelwayError("source_too_large", `it has more than ${bytesMax} bytes`);
  }

  async #claim(bytes: number): Promise<void> {
    if (bytes <= this.#claimed) return;
    const step = this.#totalBytes === null ? claimStepBytes : 0;
    this.#claimed = bytes + step;
    await this.#options.claimSpace(this.#claimed);
  }

  /** A login page with status 200 is the usual answer to a link that has expired. */
  #sniff(chunk: Buffer): void {
    if (this.#head.length >= SNIFFED_BYTES) return;
    this.#head = Buffer.concat([this.#head, chunk.subarray(0, SNIFFED_BYTES - this.#head.length)]);
    if (this.#head.length === SNIFFED_BYTES) this.#refusePage();
  }

  #refusePage(): void {
    if (isWebPage(this.#head, this.#contentType))
      throw new ReelwayError("source_not_media", "what lies there is a web page");
  }
}
