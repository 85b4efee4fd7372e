import { backoffMs, type Pacing } from "@reelway/shared/client/retry";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { RemoteInput } from "./remote-input.ts";
import { bareEtag, etagOf, GrantRefused, getObject, readRetries } from "./storage-request.ts";

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

interface ReadOptions {
  readonly signal: AbortSignal;
  readonly stallMs: number;
  readonly pacing: Pacing;
}

/** A range is held in memory: larger ones are for files, bytes. */
const longestRange = 64 * 1024 * 1024;

/**
 * Reads a few bytes of an object that is left where it lies.
 * @throws ReelwayError input_changed, download_failed; the signal's reason.
 */
export async function readRange(input: RemoteInput, range: ByteRange, options: ReadOptions): Promise<Buffer> {
  const { signal, pacing } = options;
  if (range.length > longestRange || range.offset + range.length > input.bytes)
    throw new ReelwayError("runner_error", `no range of ${range.length} bytes from ${range.offset} of ${input.bytes}`);
  let refused = false;
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted();
    try {
      return await readOnce(input, range, refused, options);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ReelwayError && !error.retryable) throw error;
      refused = error instanceof GrantRefused;
      const reason = reasonOf(error);
      if (failures > readRetries.retries) throw new ReelwayError("download_failed", reason, { cause: error });
      await pacing.sleep(backoffMs(failures - 1, readRetries, pacing.random), signal);
    }
  }
}

async function readOnce(
  input: RemoteInput,
  { offset, length }: ByteRange,
  refused: boolean,
  options: ReadOptions,
): Promise<Buffer> {
  const range = `bytes=${offset}-${offset + length - 1}`;
  const answer = await getObject(await input.request(refused), range, options);
  try {
    const status = answer.statusCode ?? 0;
    if (status === 401 || status === 403) throw new GrantRefused(status);
    if (status === 404 || status === 412 || status === 416)
      throw new ReelwayError("input_changed", "the object is another one than it was");
    if (status !== 206) throw new Error(`the storage answered ${status} to a range`);
    const etag = etagOf(answer);
    if (etag !== null && etag !== bareEtag(input.etag))
      throw new ReelwayError("input_changed", "the object has another ETag");
    if (!answer.headers["content-range"]?.startsWith(`bytes ${offset}-${offset + length - 1}/`))
      throw new Error("the storage sent another range than asked for");
    const chunks: Buffer[] = [];
    let received = 0;
    for await (const chunk of answer) {
      if (!Buffer.isBuffer(chunk)) continue;
      received += chunk.length;
      if (received > length) break;
      chunks.push(chunk);
    }
    if (received !== length) throw new Error(`the storage sent ${received} bytes of ${length}`);
    return Buffer.concat(chunks);
  } finally {
    answer.destroy();
  }
}
