import { Asset } from "../contracts/asset.ts";
import { type PageQuery, page } from "../contracts/page.ts";
import { type Http, pathOf } from "./http.ts";
import { uploadAsset } from "./upload.ts";
import type { PutBytes, UploadOptions, UploadSource } from "./upload-source.ts";

export function assetsResource(http: Http, put: PutBytes) {
  return {
    /** Brings a file into its region's bucket, single or multipart, and completes the asset. */
    upload: (source: UploadSource, options?: UploadOptions): Promise<Asset> => uploadAsset(http, put, source, options),
    get: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/assets/${id}`, schema: Asset, signal }),
    list: (query: Partial<PageQuery> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/assets", query, schema: page(Asset), signal }),
    /** Also ends an upload that was never completed. */
    delete: (id: string, signal?: AbortSignal) => http.done({ method: "DELETE", path: pathOf`/assets/${id}`, signal }),
  };
}
