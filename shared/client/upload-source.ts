import type { PresignedRequest } from "../contracts/asset.ts";
import type { RegionId } from "../regions.ts";

/** What is uploaded. A browser's File is one; files on disk are read by whoever calls (this folder runs everywhere). */
export interface UploadSource {
  readonly name: string;
  /** Media type; empty where it is not known. */
  readonly type: string;
  readonly bytes: number;
  /** The bytes from `start` up to, not including, `end`. Called again when a part is sent again. */
  slice(start: number, end: number): Blob;
  /** The whole file's MD5, 32 hex digits, where it can be had: the storage then checks a single upload by it. */
  md5?(signal?: AbortSignal): Promise<string>;
  /** The MD5 of `slice(start, end)`, 32 hex digits: the storage then takes no other bytes for the part. */
  partMd5?(start: number, end: number, signal?: AbortSignal): Promise<string>;
}

export interface UploadProgress {
  uploadedBytes: number;
  totalBytes: number;
}

export interface UploadOptions {
  region?: RegionId | undefined;
  /** An asset whose upload was begun earlier, by anyone: only what is missing is sent. */
  resume?: string | undefined;
  onProgress?: (progress: UploadProgress) => void;
  /** As soon as the asset has its id, before the first byte. */
  onAsset?: (asset: { id: string; resumed: boolean }) => void;
  signal?: AbortSignal | undefined;
}

/** Sends bytes to a presigned URL. Where the platform can tell, `onBytes` hears of them as they leave. */
export type PutBytes = (
  request: PresignedRequest,
  body: Blob,
  more: { onBytes: (bytes: number) => void; signal?: AbortSignal | undefined },
) => Promise<Response>;

/** A PUT as every platform can do it. Length and host follow from body and URL; fetch sets them itself. */
export function putBytesWith(fetch: typeof globalThis.fetch): PutBytes {
  return async (request, body, { onBytes, signal }) => {
    const response = await fetch(request.url, {
      method: request.method,
      headers: headersToSend(request),
      body,
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.ok) onBytes(body.size);
    return response;
  };
}

/** Those that a caller must set: length and host follow from body and URL. */
export function headersToSend(request: PresignedRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !["content-length", "host"].includes(name.toLowerCase())),
  );
}
