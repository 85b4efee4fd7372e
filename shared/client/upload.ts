import {
  Asset,
  AssetCreated,
  type AssetRequest,
  type PresignedRequest,
  type Upload,
  UploadStatus,
} from "../contracts/asset.ts";
import { ReelwayError } from "../errors/reelway-error.ts";
import { limits } from "../limits.ts";
import { ApiError } from "./api-error.ts";
import { type Http, pathOf } from "./http.ts";
import { partUrls } from "./part-urls.ts";
import { putPatiently, type UploadSession } from "./put-patiently.ts";
import type { PutBytes, UploadOptions, UploadSource } from "./upload-source.ts";

const partsAtOnce = 3;
/** Part URLs are asked for in batches: few calls, and none so old that it has run out when its turn comes. */
const urlsAtOnce = 30;
/** Fewer where each part is hashed first: the parts of one batch go up while those of the next are read. */
const hashedAtOnce = partsAtOnce;

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

  let uploadedBytes = bytesUp(begun, source.bytes);
  const report = () => options.onProgress?.({ uploadedBytes, totalBytes: source.bytes });
  const session: UploadSession = {
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

/** Bytes that are in the bucket already: those of whole parts. */
export function bytesUp({ upload, uploadedParts }: UploadStatus, bytes: number): number {
  if (upload?.kind !== "multipart") return 0;
  const bounds = uploadedParts.map((part) => boundsOf(part, upload.partBytes, bytes));
  return bounds.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** Of a part, counted from one, in bytes from the file's start; `end` is behind its last byte. */
function boundsOf(part: number, partBytes: number, bytes: number): { readonly start: number; readonly end: number } {
  return { start: (part - 1) * partBytes, end: Math.min(part * partBytes, bytes) };
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

/** Where an upload stands: what is up, and how the rest is sent. */
export function readStatus(http: Http, assetId: string, signal?: AbortSignal): Promise<UploadStatus> {
  return http.json({ method: "GET", path: pathOf`/assets/${assetId}/upload`, schema: UploadStatus, signal });
}

async function sendWhole(session: UploadSession, first: PresignedRequest): Promise<void> {
  await putPatiently(session, 0, session.source.bytes, first, async () => {
    const { upload } = await readStatus(session.http, session.assetId, session.signal);
    return upload?.kind === "single" ? upload.request : first;
  });
}

async function sendParts(
  session: UploadSession,
  { partBytes, partCount }: Extract<Upload, { kind: "multipart" }>,
  uploaded: readonly number[],
): Promise<void> {
  const inFile = (part: number) => boundsOf(part, partBytes, session.source.bytes);
  const done = new Set(uploaded);
  const waiting = Array.from({ length: partCount }, (_, index) => index + 1).filter((part) => !done.has(part));
  const failure = new AbortController();
  const signal = session.signal === undefined ? failure.signal : AbortSignal.any([session.signal, failure.signal]);
  const inThis: UploadSession = { ...session, signal };
  const md5Of = (part: number) => {
    const { start, end } = inFile(part);
    return session.source.partMd5?.(start, end, signal);
  };
  const urls = partUrls(inThis, waiting, md5Of, session.source.partMd5 === undefined ? urlsAtOnce : hashedAtOnce);

  const worker = async () => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const number = part;
      const { request, md5 } = await urls.take(number);
      const renew = async () => (await urls.renew(number)).request;
      const { start, end } = inFile(number);
      const etag = await putPatiently(inThis, start, end, request, renew);
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

async function complete(session: UploadSession, upload: Upload): Promise<Asset> {
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
