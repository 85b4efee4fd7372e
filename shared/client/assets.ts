import { Asset, AssetCreated, type AssetRequest } from "../contracts/asset.ts";
import { AssetErasure } from "../contracts/erasure.ts";
import { type PageQuery, page } from "../contracts/page.ts";
import { type Http, pathOf } from "./http.ts";
import { bytesUp, readStatus, uploadAsset } from "./upload.ts";
import type { PutBytes, UploadOptions, UploadSource } from "./upload-source.ts";

/** Source files: uploaded from here, or fetched from elsewhere. */
export function assetsResource(http: Http, put: PutBytes) {
  return {
    /** Brings a file into its region's bucket, single or multipart, and completes the asset. */
    upload: (source: UploadSource, options?: UploadOptions): Promise<Asset> => uploadAsset(http, put, source, options),
    /** Of an upload that was begun: bytes that need not be sent again. */
    uploadedBytes: async (id: string, signal?: AbortSignal): Promise<number> => {
      const status = await readStatus(http, id, signal);
      return bytesUp(status, status.asset.bytes);
    },
    /** Has a file fetched from elsewhere: `fetchJobId` of the answer is the job that does it. */
    fetch: async (
      request: Omit<AssetRequest, "bytes" | "md5">,
      options: { idempotencyKey?: string; signal?: AbortSignal | undefined } = {},
    ): Promise<Asset> => {
      const { asset } = await http.json({
        method: "POST",
        path: "/assets",
        body: request,
        idempotencyKey: options.idempotencyKey ?? crypto.randomUUID(),
        schema: AssetCreated,
        signal: options.signal,
      });
      return asset;
    },
    get: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/assets/${id}`, schema: Asset, signal }),
    list: (query: Partial<PageQuery> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/assets", query, schema: page(Asset), signal }),
    /** Also ends an upload that was never completed. `outputs`: what its ended jobs made goes too. */
    delete: (id: string, { outputs = false }: { outputs?: boolean } = {}, signal?: AbortSignal) =>
      http.json({
        method: "DELETE",
        path: pathOf`/assets/${id}`,
        query: { outputs: String(outputs) },
        schema: AssetErasure,
        signal,
      }),
  };
}
