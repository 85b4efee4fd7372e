import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { backoffMs, type Pacing } from "@reelway/shared/client/retry";
import type { PresignedInput } from "@reelway/shared/contracts/grant";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isDiskFull } from "./disk-full.ts";
import { bareEtag, etagOf, GrantRefused, getObject, readRetries, trickleBytes } from "./storage-request.ts";

export interface Download {
  readonly grant: PresignedInput;
  /** Where the file is written; made anew. */
  readonly path: string;
  /** A fresh grant for the same object, when this one has run out. */
  readonly refresh: () => Promise<PresignedInput>;
  readonly onBytes: (received: number) => void;
  readonly signal: AbortSignal;
  readonly stallMs: number;
  readonly pacing: Pacing;
}

const MD5_ETAG = /^[0-9a-f]{32}$/;

/**
 * Brings one input to disk, resuming where a connection broke, and checks its size and (where the ETag is one) its MD5.
 * @throws ReelwayError input_changed, download_failed, scratch_full; the signal's reason.
 */
export async function downloadInput(download: Download): Promise<void> {
  const file = await open(download.path, "w");
  try {
    await fetchAll(download, new Target(file, download.onBytes));
  } finally {
    await file.close();
  }
}

async function fetchAll(download: Download, target: Target): Promise<void> {
  const { signal, pacing } = download;
  const wanted = bareEtag(download.grant.etag);
  let grant = download.grant;
  let failures = 0;
  for (;;) {
    signal.throwIfAborted();
    const before = target.received;
    try {
      if (target.received < grant.bytes) await fetchRest(grant, wanted, target, download);
      if (!MD5_ETAG.test(wanted) || target.md5() === wanted) return;
      await target.startAgain();
      throw new Error("the bytes do not have the promised MD5");
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ReelwayError) throw error;
      if (isDiskFull(error))
        throw new ReelwayError("scratch_full", "no space left while downloading", { cause: error });
      failures = target.received - before >= trickleBytes ? 1 : failures + 1;
      if (failures > readRetries.retries)
        throw new ReelwayError("download_failed", `${grant.role}: ${reasonOf(error)}`, { cause: error });
      if (error instanceof GrantRefused) grant = await refreshed(download, grant);
      await pacing.sleep(backoffMs(failures - 1, readRetries, pacing.random), signal);
    }
  }
}

/** A fresh grant; the old one while the control plane is away, which is one more failure then. */
async function refreshed(download: Download, grant: PresignedInput): Promise<PresignedInput> {
  try {
    return await download.refresh();
  } catch (error) {
    if (error instanceof ReelwayError && error.retryable) return grant;
    throw error;
  }
}

/** One request: from the first byte that is missing, as far as it goes. */
async function fetchRest(grant: PresignedInput, wanted: string, target: Target, options: Download): Promise<void> {
  const rest = target.received > 0 ? `bytes=${target.received}-` : null;
  const answer = await getObject(grant.request, rest, options);
  try {
    await expectSameObject(answer, grant, wanted, target);
    for await (const chunk of answer) {
      if (!Buffer.isBuffer(chunk)) continue;
      if (target.received + chunk.length > grant.bytes) throw changed(grant, "is longer than it was");
      await target.write(chunk);
    }
  } finally {
    answer.destroy();
  }
  if (target.received < grant.bytes) throw new Error(`the answer ended at byte ${target.received} of ${grant.bytes}`);
}

async function expectSameObject(
  answer: IncomingMessage,
  grant: PresignedInput,
  wanted: string,
  target: Target,
): Promise<void> {
  const status = answer.statusCode ?? 0;
  if (status === 412) throw changed(grant, "was replaced");
  if (status === 404) throw changed(grant, "is gone");
  if (status === 416) throw changed(grant, "is shorter than it was");
  if (status === 401 || status === 403) throw new GrantRefused(status);
  if (status !== 200 && status !== 206) throw new Error(`the storage answered ${status}`);

  const etag = etagOf(answer);
  if (etag !== null && etag !== wanted) throw changed(grant, "has another ETag");
  // A storage that ignores Range sends the whole object again.
  if (status === 200) await target.startAgain();
  const size = sizeOf(answer, target.received);
  if (size === null || size === grant.bytes) return;
  const how = `has ${size} bytes, not ${grant.bytes}`;
  // Of the very same object it is the answer that is wrong.
  throw etag === wanted ? new Error(`the answer ${how}`) : changed(grant, how);
}

/** The whole object's size as the answer tells it. A 206 for another place than asked for is a broken answer. */
function sizeOf(answer: IncomingMessage, from: number): number | null {
  if (answer.statusCode === 200) {
    const length = answer.headers["content-length"];
    return length === undefined ? null : Number(length);
  }
  const [, start, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers["content-range"] ?? "") ?? [];
  if (start === undefined || Number(start) !== from) throw new Error("the storage sent another range than asked for");
  return Number(size);
}

/** What is written so far, with the MD5 running along, so that a resume need not read it again. */
class Target {
  received = 0;
  readonly #file: FileHandle;
  readonly #onBytes: (received: number) => void;
  #hash: Hash = createHash("md5");

  constructor(file: FileHandle, onBytes: (received: number) => void) {
    this.#file = file;
    this.#onBytes = onBytes;
  }

  async write(chunk: Buffer): Promise<void> {
    for (let offset = 0; offset < chunk.length; )
      offset += (await this.#file.write(chunk, offset, chunk.length - offset, this.received + offset)).bytesWritten;
    this.#hash.update(chunk);
    this.received += chunk.length;
    this.#onBytes(this.received);
  }

  async startAgain(): Promise<void> {
    await this.#file.truncate(0);
    this.#hash = createHash("md5");
    this.received = 0;
  }

  md5(): string {
    return this.#hash.copy().digest("hex");
  }
}

function changed(grant: PresignedInput, how: string): ReelwayError {
  return new ReelwayError("input_changed", `the ${grant.role} ${how}`);
}
