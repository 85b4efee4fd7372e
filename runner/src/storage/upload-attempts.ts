import { ApiError, NotReachableError } from "@reelway/shared/client/api-error";
import { backoffMs, type Pacing } from "@reelway/shared/client/retry";
import type { PresignedRequest } from "@reelway/shared/contracts/asset";
import { isRetryable } from "@reelway/shared/errors/catalogue";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { type FileRange, type PutAnswer, putRange } from "./storage-request.ts";

/** The storage, or the way to it, is away: what is made is kept, and tried again later. */
export class StorageAway extends Error {
  override readonly name = "StorageAway";
}

export interface UploadPacing {
  readonly signal: AbortSignal;
  readonly stallMs: number;
  readonly pacing: Pacing;
}

export const attemptsPerRound = 3;
const retryPolicy = { retries: attemptsPerRound - 1, baseMs: 1_000, maxMs: 8_000 };
const MD5 = /^[0-9a-f]{32}$/;

/**
 * One PUT in exactly three attempts with exponential backoff. Returns the object's ETag.
 * @throws StorageAway when the last attempt met no storage or a broken one; ReelwayError upload_failed when it was refused.
 */
export async function putInThreeAttempts(
  what: string,
  range: FileRange,
  md5: string,
  grantFor: (attempt: number, refused: boolean) => Promise<PresignedRequest>,
  onBytes: (sent: number) => void,
  { signal, stallMs, pacing }: UploadPacing,
): Promise<string> {
  let refused = false;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const granted = await grantFor(attempt, refused);
    const answer = await putRange(granted, range, onBytes, { signal, stallMs }).catch((error: unknown) => {
      signal.throwIfAborted();
      return error instanceof Error ? error : new Error(String(error));
    });
    if (!(answer instanceof Error)) {
      const etag = storedEtag(what, answer, md5);
      if (etag !== null) return etag;
      refused = answer.status === 403;
    }
    onBytes(0);
    if (attempt === attemptsPerRound) throw verdictOn(what, answer);
    await pacing.sleep(backoffMs(attempt - 1, retryPolicy, pacing.random), signal);
  }
}

/** The ETag under which our bytes lie there now, or null where they don't. */
function storedEtag(what: string, { status, etag }: PutAnswer, md5: string): string | null {
  // The key is ours alone and each object is written once: these are the bytes of an earlier attempt.
  if (status === 412) return md5;
  if (status < 200 || status > 299) return null;
  if (etag !== null && MD5.test(etag) && etag !== md5)
    throw new ReelwayError("upload_failed", `${what}: the storage holds other bytes than were sent`);
  return etag ?? md5;
}

function verdictOn(what: string, answer: PutAnswer | Error): Error {
  if (answer instanceof Error) return new StorageAway(`${what}: ${answer.message}`, { cause: answer });
  const said = `${what}: the storage answered ${answer.status}${answer.refusal === null ? "" : ` ${answer.refusal}`}`;
  if (answer.refusal === "NoSuchUpload") return new UploadForgotten(said);
  const away = answer.status >= 500 || answer.status === 429 || answer.status === 408;
  return away ? new StorageAway(said) : new ReelwayError("upload_failed", said);
}

/** The multipart upload is not known any more: it begins anew. */
export class UploadForgotten extends StorageAway {}

/** A failed call to the control plane, seen as what it means for the spool: away for a while, or a real refusal. */
export function awayOrRefused(error: unknown): unknown {
  if (error instanceof NotReachableError) return new StorageAway(error.message, { cause: error });
  if (error instanceof ApiError && error.code !== "lease_lost" && isRetryable(error.code))
    return new StorageAway(error.message, { cause: error });
  return error;
}
