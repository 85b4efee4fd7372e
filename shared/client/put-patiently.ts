import type { PresignedRequest } from "../contracts/asset.ts";
import { ApiError, apiErrorFrom, NotReachableError } from "./api-error.ts";
import type { Http } from "./http.ts";
import { backoffMs, type RetryPolicy } from "./retry.ts";
import type { PutBytes, UploadSource } from "./upload-source.ts";

/** One upload on its way. */
export interface UploadSession {
  http: Http;
  put: PutBytes;
  source: UploadSource;
  assetId: string;
  signal: AbortSignal | undefined;
  /** Told of bytes as they leave; of fewer than none when a try is to be repeated. */
  sent(bytes: number): void;
}

/** Three attempts for each PUT, as everywhere in Reelway. */
const policy: RetryPolicy = { retries: 2, baseMs: 500, maxMs: 8_000 };
/** A URL with less time left than this is asked for anew, milliseconds. */
const urlSlackMs = 30_000;

/** Sends one range, up to three times, with a fresh URL where the old one has run out. Returns the ETag. */
export async function putPatiently(
  session: UploadSession,
  start: number,
  end: number,
  first: PresignedRequest,
  renew: () => Promise<PresignedRequest>,
): Promise<string> {
  const { http, signal } = session;
  let request = first;
  for (let retry = 0; ; retry++) {
    let sent = 0;
    const onBytes = (bytes: number) => {
      sent += bytes;
      session.sent(bytes);
    };
    try {
      signal?.throwIfAborted();
      if (request.expiresAt - http.pacing.now() < urlSlackMs) request = await renew();
      return await putOnce(session, request, session.source.slice(start, end), onBytes);
    } catch (error) {
      session.sent(-sent);
      signal?.throwIfAborted();
      if (retry >= policy.retries || !isWorthAnother(error)) throw error;
      await http.pacing.sleep(backoffMs(retry, policy, http.pacing.random), signal);
      if (error instanceof ApiError && error.status === 403) request = await renew();
    }
  }
}

async function putOnce(
  session: UploadSession,
  request: PresignedRequest,
  body: Blob,
  onBytes: (bytes: number) => void,
): Promise<string> {
  let response: Response;
  try {
    response = await session.put(request, body, { onBytes, signal: session.signal });
  } catch (error) {
    throw new NotReachableError("The storage did not take the upload", error);
  }
  // The object is written once: a 412 means that an earlier try of ours got through, and complete checks its bytes.
  if (!response.ok && response.status !== 412) throw await storageErrorFrom(response, session.http);
  await response.body?.cancel();
  return response.headers.get("etag") ?? "";
}

/** The storage speaks XML, not problem documents; what it means to us is in the status. */
async function storageErrorFrom(response: Response, http: Http): Promise<ApiError> {
  const reason = /<Code>([^<]{1,100})<\/Code>/.exec(await response.clone().text())?.[1];
  const error = await apiErrorFrom(response, http.pacing.now());
  const detail = `The storage refused the upload: HTTP ${error.status}${reason === undefined ? "" : ` ${reason}`}.`;
  const code = error.status >= 500 ? "storage_unavailable" : error.code;
  return new ApiError({ ...error, code, detail, errors: undefined, title: error.title, remedy: error.remedy }, error);
}

function isWorthAnother(error: unknown): boolean {
  if (error instanceof NotReachableError) return true;
  return (
    error instanceof ApiError &&
    (error.status === 403 || error.status === 408 || error.status === 429 || error.status >= 500)
  );
}
