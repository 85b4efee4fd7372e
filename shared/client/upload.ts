import {
  Asset,
  AssetCreated,
  type AssetRequest,
  PartUrls,
  type PresignedRequest,
  type Upload,
  UploadStatus,
} from "../contracts/asset.ts";
import { ReelwayError } from "../errors/reelway-error.ts";
import { limits } from "../limits.ts";
import { ApiError, apiErrorFrom, NotReachableError } from "./api-error.ts";
import { type Http, pathOf } from "./http.ts";
import { backoffMs, type RetryPolicy } from "./retry.ts";
import type { PutBytes, UploadOptions, UploadSource } from "./upload-source.ts";

const partsAtOnce = 3;
/** Part URLs are asked for in batches: few calls, and none so old that it has run out when its turn comes. */
const urlsAtOnce = 30;
/** Fewer where each part is hashed first: the parts of one batch go up while those of the next are read. */
const hashedAtOnce = partsAtOnce;
const urlSlackMs = 30_000;
/** Three attempts for each PUT, as everywhere in Reelway. */
const policy: RetryPolicy = { retries: 2, baseMs: 500, maxMs: 8_000 };

interface Session {
  http: Http;
  put: PutBytes;
  source: UploadSource;
  assetId: string;
  signal: AbortSignal | undefined;
  sent(bytes: number): void;
}

/**
 * Brings a file into its region's bucket and completes the asset.
 * @throws ReelwayError upload_mismatch when `resume` names an upload of another size; ApiError; NotReachableError.
 */
export async function uploadAsset(
  http: Http,
  put: PutBytes,
  source: UploadSource,
  options: UploadOptions = {},
): Promise<Asset> {
  const { signal } = options;
  const begun =
    options.resume === undefined
      ? await create(http, source, options)
      : await reopen(http, source, options.resume, signal);
  options.onAsset?.({ id: begun.asset.id, resumed: options.resume !== undefined });
  if (begun.upload === null) return begun.asset;

  let uploadedBytes = 0;
  const report = () => options.onProgress?.({ uploadedBytes, totalBytes: source.bytes });
  const session: Session = {
    http,
    put,
    source,
    assetId: begun.asset.id,
    signal,
    sent(bytes) {
      uploadedBytes += bytes;
      report();
    },
  };
  report();

  if (begun.upload.kind === "single") await sendWhole(session, begun.upload.request);
  else await sendParts(session, begun.upload, begun.uploadedParts);
  return complete(session, begun.upload);
}

async function create(http: Http, source: UploadSource, { region, signal }: UploadOptions): Promise<UploadStatus> {
  // A multipart object's ETag is not the file's MD5, so it would prove nothing there.
  const md5 = source.bytes <= limits.multipartThresholdBytes ? await source.md5?.(signal) : undefined;
  const body: AssetRequest = {
    name: source.name,
    bytes: source.bytes,
    ...(source.type === "" ? {} : { contentType: source.type }),
    ...(md5 === undefined ? {} : { md5 }),
    ...(region === undefined ? {} : { region }),
  };
  const created = await http.json({
    method: "POST",
    path: "/assets",
    body,
    idempotencyKey: crypto.randomUUID(),
    schema: AssetCreated,
    signal,
  });
  return { ...created, uploadedParts: [] };
}

async function reopen(http: Http, source: UploadSource, assetId: string, signal?: AbortSignal): Promise<UploadStatus> {
  const status = await readStatus(http, assetId, signal);
  if (status.asset.bytes !== source.bytes)
    throw new ReelwayError(
      "upload_mismatch",
      `${assetId} was announced with ${status.asset.bytes} bytes; ${source.name} has ${source.bytes}.`,
    );
  return status;
}

function readStatus(http: Http, assetId: string, signal?: AbortSignal): Promise<UploadStatus> {
  return http.json({ method: "GET", path: pathOf`/assets/${assetId}/upload`, schema: UploadStatus, signal });
}

async function sendWhole(session: Session, first: PresignedRequest): Promise<void> {
  await putPatiently(session, 0, session.source.bytes, first, async () => {
    const { upload } = await readStatus(session.http, session.assetId, session.signal);
    return upload?.kind === "single" ? upload.request : first;
  });
}

async function sendParts(
  session: Session,
  { partBytes, partCount }: Extract<Upload, { kind: "multipart" }>,
  uploaded: readonly number[],
): Promise<void> {
  const startOf = (part: number) => (part - 1) * partBytes;
  const endOf = (part: number) => Math.min(part * partBytes, session.source.bytes);
  const done = new Set(uploaded);
  for (const part of done) session.sent(endOf(part) - startOf(part));

  const waiting = Array.from({ length: partCount }, (_, index) => index + 1).filter((part) => !done.has(part));
  const failure = new AbortController();
  const signal = session.signal === undefined ? failure.signal : AbortSignal.any([session.signal, failure.signal]);
  const inThis: Session = { ...session, signal };
  const urls = partUrls(inThis, waiting, (part) => session.source.partMd5?.(startOf(part), endOf(part), signal));

  const worker = async () => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const number = part;
      const { request, md5 } = await urls.take(number);
      const renew = async () => (await urls.renew(number)).request;
      const etag = await putPatiently(inThis, startOf(number), endOf(number), request, renew);
      await session.http.done({
        method: "PUT",
        path: pathOf`/assets/${session.assetId}/parts/${number}`,
        body: { etag, md5 },
        signal,
      });
    }
  };
  const workers = Array.from({ length: partsAtOnce }, () =>
    worker().catch((error: unknown) => {
      failure.abort(error);
      throw error;
    }),
  );
  // All are awaited, so that nothing is still sending when the caller hears of the first failure.
  const ends = await Promise.allSettled(workers);
  session.signal?.throwIfAborted();
  if (ends.some((end) => end.status === "rejected")) throw failure.signal.reason;
}

interface PartUrl {
  readonly request: PresignedRequest;
  /** What the URL is bound to; undefined where the part's MD5 can't be had. */
  readonly md5: string | undefined;
}

/** Presigned URLs for parts, asked for in batches in the order in which they will be used. */
function partUrls(session: Session, waiting: readonly number[], md5Of: (part: number) => Promise<string> | undefined) {
  const known = new Map<number, PartUrl>();
  const digests = new Map<number, string | undefined>();
  const ask = async (numbers: number[]): Promise<void> => {
    for (const number of numbers) if (!digests.has(number)) digests.set(number, await md5Of(number));
    const parts = numbers.map((partNumber) => {
      const md5 = digests.get(partNumber);
      return md5 === undefined ? partNumber : { partNumber, md5 };
    });
    const answer = await session.http.json({
      method: "POST",
      path: pathOf`/assets/${session.assetId}/parts`,
      body: { parts },
      repeatable: true,
      schema: PartUrls,
      signal: session.signal,
    });
    for (const { partNumber, request } of answer.parts)
      known.set(partNumber, { request, md5: digests.get(partNumber) });
  };
  const atOnce = session.source.partMd5 === undefined ? urlsAtOnce : hashedAtOnce;
  const unasked = new Set(waiting);
  const batchWith = (part: number): number[] => {
    unasked.delete(part);
    const batch = [part, ...[...unasked].slice(0, atOnce - 1)];
    for (const one of batch) unasked.delete(one);
    return batch;
  };
  let asking: Promise<void> = Promise.resolve();
  const get = async (part: number): Promise<PartUrl> => {
    asking = asking.then(() => (known.has(part) ? undefined : ask(batchWith(part))));
    await asking;
    const url = known.get(part);
    if (!url) throw new ReelwayError("internal", `The control plane signed no URL for part ${part}.`);
    return url;
  };
  return {
    take: get,
    renew: (part: number) => {
      known.delete(part);
      return get(part);
    },
  };
}

/** Sends one range, up to three times, with a fresh URL where the old one has run out. Returns the ETag. */
async function putPatiently(
  session: Session,
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
  session: Session,
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

async function complete(session: Session, upload: Upload): Promise<Asset> {
  const { http, assetId, signal } = session;
  const finish = () =>
    http.json({ method: "POST", path: pathOf`/assets/${assetId}/complete`, repeatable: true, schema: Asset, signal });
  try {
    return await finish();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "upload_parts_missing" || upload.kind === "single") throw error;
    const { uploadedParts } = await readStatus(http, assetId, signal);
    await sendParts({ ...session, sent: () => undefined }, upload, uploadedParts);
    return finish();
  }
}
