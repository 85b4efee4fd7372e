import { z } from "zod";
import { AssetId, ConnectionId, JobId } from "../ids.ts";
import { limits } from "../limits.ts";
import { RegionId } from "../regions.ts";
import { ForeignKey } from "./connection.ts";
import { JobError } from "./job-error.ts";
import { FileName } from "./text.ts";
import { Timestamp } from "./time.ts";

/** MD5 as 32 hex digits: what S3-compatible stores check (Content-MD5) and answer with (ETag of a single PUT). */
export const Md5 = z.string().regex(/^[0-9a-f]{32}$/, "must be 32 hex digits");
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hex digits");
/** type/subtype, RFC 6838 §4.2; parameters are not wanted. */
export const MediaType = z
  .string()
  .max(127)
  .regex(/^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/, "must be type/subtype in lower case");

const ObjectKey = ForeignKey.pipe(z.string().min(1));

/** Where a runner fetches a source from. */
export const AssetSource = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("url"),
      url: z.string().max(limits.urlLength).meta({ description: "Without its query, which may be a credential" }),
      sealedQuery: z.string().optional().meta({ description: "The query, encrypted; in no answer" }),
    }),
    z.strictObject({ kind: z.literal("connection"), connectionId: ConnectionId, key: ObjectKey }),
  ])
  .meta({ id: "AssetSource" });
export type AssetSource = z.infer<typeof AssetSource>;

/** A URL that a runner is to fetch; the guard says later whether it may. */
export const SourceUrl = z
  .string()
  .min(1)
  .max(limits.urlLength)
  .meta({ description: "An https URL, fetched by a runner; its query is kept encrypted and shown nowhere" });
/** An object in a tenant's own bucket. */
export const SourceObject = z
  .strictObject({
    connectionId: ConnectionId,
    key: ObjectKey.meta({ description: "Below the connection's prefix" }),
  })
  .meta({ id: "SourceObject" });

/** A source that is not uploaded but fetched: one of the two. */
export type WantedSource =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "connection"; readonly connectionId: string; readonly key: string };

/** `POST /api/v1/assets`: a file to upload (`name`, `bytes`), a `sourceUrl` or a `source`: exactly one of the three. */
export const AssetRequest = z
  .strictObject({
    name: FileName.optional().meta({ description: "Default for fetched sources: the last part of the URL or key" }),
    bytes: z.int().min(1).optional().meta({ description: "The file's exact size; the upload is bound to it" }),
    contentType: MediaType.default("application/octet-stream"),
    md5: Md5.optional().meta({ description: "Checked by the storage on a single PUT, and again on complete" }),
    region: RegionId.optional().meta({ description: "Default: the region nearest to the caller" }),
    sourceUrl: SourceUrl.optional(),
    source: SourceObject.optional(),
  })
  .superRefine((request, context) => {
    const { bytes, sourceUrl, source, name, md5 } = request;
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message, input: request });
    const given = [bytes, sourceUrl, source].filter((value) => value !== undefined).length;
    if (given !== 1) refuse("bytes", "give bytes (an upload), sourceUrl or source, one of them");
    else if (bytes !== undefined && name === undefined) refuse("name", "an upload needs a name");
    else if (bytes === undefined && md5 !== undefined) refuse("md5", "is for uploads");
  })
  .meta({ id: "AssetRequest" });
export type AssetRequest = z.input<typeof AssetRequest>;

/** `fetching`: a runner brings the bytes. */
export const AssetState = z.enum(["uploading", "fetching", "ready", "failed", "deleted"]);
export type AssetState = z.infer<typeof AssetState>;

export const Asset = z
  .object({
    id: AssetId,
    name: z.string(),
    bytes: z.int().meta({ description: "0 while it is being fetched" }),
    contentType: z.string(),
    region: RegionId,
    state: AssetState,
    etag: z.string().nullable(),
    source: AssetSource.nullable().meta({ description: "Where it was fetched from; null for an upload" }),
    fetchJobId: JobId.nullable().meta({ description: "The job that fetches it: its progress, cancel and retry" }),
    error: JobError.nullable().meta({ description: "Why it can't be used" }),
    createdAt: Timestamp,
    completedAt: Timestamp.nullable(),
  })
  .meta({ id: "Asset" });
export type Asset = z.infer<typeof Asset>;

/** One presigned request: send exactly these headers, or the signature does not hold. */
export const PresignedRequest = z.object({
  method: z.enum(["PUT", "GET"]),
  url: z.url(),
  headers: z.record(z.string(), z.string()),
  expiresAt: Timestamp,
});
export type PresignedRequest = z.infer<typeof PresignedRequest>;

/** How the bytes get into the bucket. The session and its list of parts are the server's truth, so any client can resume. */
export const Upload = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("single"), request: PresignedRequest }),
    z.object({
      kind: z.literal("multipart"),
      partBytes: z.int().meta({ description: "Size of every part but the last" }),
      partCount: z.int(),
    }),
  ])
  .meta({ id: "Upload" });
export type Upload = z.infer<typeof Upload>;

export const AssetCreated = z.object({ asset: Asset, upload: Upload.nullable() }).meta({ id: "AssetCreated" });
export type AssetCreated = z.infer<typeof AssetCreated>;

const PartNumber = z.int().min(1).max(limits.partsPerUpload);

/** A part to be uploaded; with its MD5 the storage takes no other bytes. */
export type WantedPart = { readonly partNumber: number; readonly md5?: string | undefined };

/** `POST /api/v1/assets/{id}/parts`: presigned PUTs for these parts, given by their numbers, or with their MD5. */
export const PartUrlsRequest = z
  .strictObject({
    parts: z
      .array(
        z.union(
          [
            PartNumber.transform((partNumber): WantedPart => ({ partNumber })),
            z.strictObject({ partNumber: PartNumber, md5: Md5.optional() }),
          ],
          `must be a part's number (1 to ${limits.partsPerUpload}), or { partNumber, md5 }`,
        ),
      )
      .min(1)
      .max(limits.partUrlsPerRequest),
  })
  .meta({ id: "PartUrlsRequest" });
export type PartUrlsRequest = z.input<typeof PartUrlsRequest>;
export const PartUrls = z
  .object({ parts: z.array(z.object({ partNumber: z.int(), request: PresignedRequest })) })
  .meta({ id: "PartUrls" });
export type PartUrls = z.infer<typeof PartUrls>;

/** As the storage answers a part's PUT, with or without its quotes, which are dropped. R2's is opaque and long, not an MD5. */
export const PartEtag = z
  .string()
  .min(1)
  .max(512)
  .regex(/^"?[\w.+/=-]+"?$/, "must be the ETag of the PUT's answer")
  .transform((etag) => etag.replaceAll('"', ""));

/** `PUT /api/v1/assets/{id}/parts/{partNumber}`: the client tells that a part is up; the server keeps it. */
export const UploadedPart = z
  .strictObject({
    etag: PartEtag,
    md5: Md5.optional().meta({ description: "Where every part has one, complete checks the whole file by them" }),
  })
  .meta({ id: "UploadedPart" });
export type UploadedPart = z.infer<typeof UploadedPart>;

/** `GET /api/v1/assets/{id}/upload`: where an upload stands, to resume it from anywhere. */
export const UploadStatus = z
  .object({ asset: Asset, upload: Upload.nullable(), uploadedParts: z.array(z.int()) })
  .meta({ id: "UploadStatus" });
export type UploadStatus = z.infer<typeof UploadStatus>;
