import { lstat } from "node:fs/promises";
import { relative } from "node:path";
import type { LeaseClient } from "@reelway/shared/client/runner-client";
import type { OutputFile } from "@reelway/shared/contracts/manifest";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { partBytesFor } from "@reelway/shared/part-bytes";
import type { Logger } from "pino";
import type { ProducedFile } from "../kinds/kind.ts";
import { type Digest, digestFile } from "./digest.ts";
import { inParallel } from "./in-parallel.ts";
import { OutputGrantBook } from "./output-grants.ts";
import { attemptsPerRound, putInThreeAttempts, StorageAway, type UploadPacing } from "./upload-attempts.ts";
import { MultipartUpload } from "./upload-multipart.ts";

export interface UploadOptions extends UploadPacing {
  readonly lease: LeaseClient;
  readonly outputDirectory: string;
  /** Files of this size and more go up in parts, bytes. */
  readonly multipartThresholdBytes: number;
  /** How long finished results wait for a storage that is away, milliseconds. */
  readonly spoolMs: number;
  readonly onProgress: (sentBytes: number, totalBytes: number) => void;
  readonly log: Logger;
}

/** A produced file with its digests, and its ETag once it is up. */
interface Pending {
  readonly file: ProducedFile;
  readonly digest: Digest;
  readonly multipart: MultipartUpload | null;
  etag: string | null;
}

/** Small files are mostly waited for: over 80 ms of latency, three at once take half as long again. */
const filesAtOnce = 6;
/** Between two rounds of three attempts, milliseconds; spread by a quarter to either side. */
const roundPauseMs = 15_000;

/**
 * Uploads what a task made, in rounds: every file has three attempts; when the storage stays away, the results wait on
 * disk and the next round follows, until `spoolMs` is over or the lease is gone. Nothing is encoded again meanwhile.
 * @throws ReelwayError upload_failed, output_invalid, lease_lost; the signal's reason.
 */
export async function uploadOutputs(files: readonly ProducedFile[], options: UploadOptions): Promise<OutputFile[]> {
  const sent = new Map<string, number>();
  const pending: Pending[] = [];
  let totalBytes = 0;
  const count = (name: string, bytes: number) => {
    sent.set(name, bytes);
    options.onProgress(
      [...sent.values()].reduce((sum, one) => sum + one, 0),
      totalBytes,
    );
  };
  for (const file of files) {
    const prepared = await prepare(file, options, (bytes) => count(file.name, bytes));
    totalBytes += prepared.digest.bytes;
    pending.push(prepared);
  }

  let giveUpAt: number | null = null;
  for (;;) {
    try {
      await round(pending, options, count);
      return pending.map(asOutput);
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof StorageAway)) throw error;
      giveUpAt ??= options.pacing.now() + options.spoolMs;
      if (options.pacing.now() >= giveUpAt) throw new ReelwayError("upload_failed", error.message, { cause: error });
      options.log.warn({ reason: error.message, attempts: attemptsPerRound }, "storage is away; results wait on disk");
      await options.pacing.sleep(roundPauseMs * (0.75 + options.pacing.random() / 2), options.signal);
    }
  }
}

/** The produced file must be a plain file below the output directory: nothing else is ever read from this host. */
async function prepare(file: ProducedFile, options: UploadOptions, onBytes: (sent: number) => void): Promise<Pending> {
  const place = relative(options.outputDirectory, file.path);
  const status = await lstat(file.path).catch(() => null);
  if (place.startsWith("..") || !status?.isFile())
    throw new ReelwayError("output_invalid", `${file.name} is not a file in the output directory`);
  const large = status.size >= options.multipartThresholdBytes;
  const digest = await digestFile(file.path, large ? partBytesFor(status.size) : null, options.signal);
  const { name, path, contentType } = file;
  const multipart = large
    ? new MultipartUpload({ name, path, contentType, parts: digest.parts }, options.lease, onBytes)
    : null;
  return { file, digest, multipart, etag: null };
}

async function round(
  all: readonly Pending[],
  options: UploadOptions,
  count: (name: string, bytes: number) => void,
): Promise<void> {
  const missing = all.filter(({ etag }) => etag === null);
  const granted = new Map(
    missing
      .filter(({ multipart }) => multipart === null)
      .map(({ file: { name, contentType }, digest: { bytes, md5 } }) => [name, { name, bytes, contentType, md5 }]),
  );
  const book = new OutputGrantBook(options.lease, [...granted.values()], options.pacing.now);
  await inParallel(filesAtOnce, missing, async (pending) => {
    const { file, digest, multipart } = pending;
    const wanted = granted.get(file.name);
    if (multipart !== null) pending.etag = await multipart.round(options);
    else if (wanted !== undefined)
      pending.etag = await putInThreeAttempts(
        file.name,
        { path: file.path, start: 0, bytes: digest.bytes },
        digest.md5,
        (_attempt, refused) => book.take(wanted, refused, options.signal),
        (bytes) => count(file.name, bytes),
        options,
      );
    count(file.name, digest.bytes);
  });
}

function asOutput({ file, digest, etag }: Pending): OutputFile {
  const { name, role, contentType, media } = file;
  const { bytes, md5, sha256 } = digest;
  return { name, role, bytes, contentType, md5, sha256, etag: etag ?? md5, ...(media === undefined ? {} : { media }) };
}
