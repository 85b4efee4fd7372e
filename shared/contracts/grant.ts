import { z } from "zod";
import { ConnectionId } from "../ids.ts";
import { limits } from "../limits.ts";
import { Md5, MediaType, PartEtag, PresignedRequest } from "./asset.ts";
import { OutputName } from "./manifest.ts";
import { PackageReport } from "./package-report.ts";
import { RenditionId } from "./stream-plan.ts";

/**
 * `plan` and `index` are what the `plan` task of a stream wrote, `encoded` what the task wrote that is measured, `reused` what
 * a chunk has in common with another stream. A job may have several `subtitles`, in the order of its spec.
 */
export const InputRole = z.enum(["source", "watermark", "subtitles", "plan", "index", "encoded", "reused"]);
export type InputRole = z.infer<typeof InputRole>;

/** An object in one of our buckets. */
export const PresignedInput = z
  .object({
    kind: z.literal("presigned"),
    role: InputRole,
    bytes: z.int(),
    etag: z.string().meta({ description: "The object must still be this one (`If-Match`)" }),
    contentType: z.string(),
    name: OutputName.optional().meta({
      description: "Of what is `encoded` or `reused`: its name among the title's files",
    }),
    request: PresignedRequest,
  })
  .meta({ id: "PresignedInput" });
export type PresignedInput = z.infer<typeof PresignedInput>;

/** What a fetch brings in: not more than `bytesMax`. */
const fetched = { role: z.literal("source"), bytesMax: z.int() };
const UrlInput = z.object({ kind: z.literal("url"), ...fetched, url: z.string() }).meta({ id: "UrlInput" });
export type UrlInput = z.infer<typeof UrlInput>;

/** A tenant's own bucket with the credentials for it: in this lease, and nowhere else outside the control plane. */
const bucketAccess = {
  endpoint: z.string(),
  region: z.string(),
  bucket: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
};
export const BucketAccess = z.object(bucketAccess);
export type BucketAccess = z.infer<typeof BucketAccess>;
const S3Input = z
  .object({ kind: z.literal("s3"), ...fetched, ...bucketAccess, key: z.string() })
  .meta({ id: "S3Input" });
export type S3Input = z.infer<typeof S3Input>;

/** What a lease lets its holder read. */
export const InputGrant = z.discriminatedUnion("kind", [PresignedInput, UrlInput, S3Input]).meta({ id: "InputGrant" });
export type InputGrant = z.infer<typeof InputGrant>;

/** Where a lease's outputs are to go besides our own bucket. `prefix` ends where the outputs' names begin. */
export const DestinationGrant = z
  .object({ kind: z.literal("s3"), connectionId: ConnectionId, ...bucketAccess, prefix: z.string() })
  .meta({ id: "DestinationGrant" });
export type DestinationGrant = z.infer<typeof DestinationGrant>;

/** `POST /api/v1/leases/inputs`: fresh GETs for the task's inputs, when the first have run out. */
export const InputGrants = z.object({ inputs: z.array(InputGrant) }).meta({ id: "InputGrants" });
export type InputGrants = z.infer<typeof InputGrants>;

/** `POST /api/v1/leases/outputs`: PUTs bound to name, size, type and MD5. Each object is written once: a 412 on a retry of one's own bytes is success. */
export const OutputGrantRequest = z
  .strictObject({
    files: z
      .array(z.strictObject({ name: OutputName, bytes: z.int().min(0), contentType: MediaType, md5: Md5 }))
      .min(1)
      .max(limits.grantsPerRequest),
  })
  .meta({ id: "OutputGrantRequest" });
export type OutputGrantRequest = z.infer<typeof OutputGrantRequest>;
export const OutputGrants = z
  .object({
    files: z.array(z.object({ kind: z.literal("presigned"), name: z.string(), request: PresignedRequest })),
  })
  .meta({ id: "OutputGrants" });
export type OutputGrants = z.infer<typeof OutputGrants>;

/** `POST /api/v1/leases/multipart`: opens (without uploadId) or goes on with a multipart upload of one large output. */
export const OutputMultipartRequest = z
  .strictObject({
    name: OutputName,
    contentType: MediaType,
    uploadId: z.string().max(2_000).optional(),
    parts: z
      .array(z.strictObject({ partNumber: z.int().min(1).max(limits.partsPerUpload), bytes: z.int().min(1), md5: Md5 }))
      .min(1)
      .max(limits.partUrlsPerRequest),
  })
  .meta({ id: "OutputMultipartRequest" });
export type OutputMultipartRequest = z.infer<typeof OutputMultipartRequest>;
export const OutputMultipart = z
  .object({
    uploadId: z.string(),
    parts: z.array(z.object({ partNumber: z.int(), request: PresignedRequest })),
  })
  .meta({ id: "OutputMultipart" });
export type OutputMultipart = z.infer<typeof OutputMultipart>;

/** `POST /api/v1/leases/multipart/complete`. */
export const OutputMultipartCompleteRequest = z
  .strictObject({
    name: OutputName,
    uploadId: z.string().max(2_000),
    parts: z
      .array(z.strictObject({ partNumber: z.int().min(1), etag: PartEtag }))
      .min(1)
      .max(limits.partsPerUpload),
  })
  .meta({ id: "OutputMultipartCompleteRequest" });
export type OutputMultipartCompleteRequest = z.infer<typeof OutputMultipartCompleteRequest>;
export const OutputMultipartCompleted = z.object({ etag: z.string() }).meta({ id: "OutputMultipartCompleted" });
export type OutputMultipartCompleted = z.infer<typeof OutputMultipartCompleted>;

/** `POST /api/v1/leases/files`, for a task of a stream that reads what others made: a rendition's files, some hundred at a time. */
export const RenditionFilesRequest = z
  .strictObject({
    rendition: RenditionId,
    from: z
      .int()
      .min(0)
      .meta({ description: "The first segment that is wanted; 0: the init segment, and all behind it" }),
  })
  .meta({ id: "RenditionFilesRequest" });
export type RenditionFilesRequest = z.infer<typeof RenditionFilesRequest>;

/** A finished file of another task of the same stream. */
export const GrantedFile = z
  .object({
    name: OutputName,
    bytes: z.int(),
    etag: z.string().meta({ description: "The object must still be this one (`If-Match`)" }),
    request: PresignedRequest,
  })
  .meta({ id: "GrantedFile" });
export type GrantedFile = z.infer<typeof GrantedFile>;
export const RenditionFiles = z
  .object({
    files: z.array(GrantedFile).max(limits.grantsPerRequest),
    next: z.int().nullable().meta({ description: "Where the next answer begins; null: these were the last" }),
  })
  .meta({ id: "RenditionFiles" });
export type RenditionFiles = z.infer<typeof RenditionFiles>;

/** `POST /api/v1/leases/reports`, for tasks that join a stream's parts: what the job's other tasks packaged, in the order of the plan. */
export const PackageReports = z.object({ reports: z.array(PackageReport) }).meta({ id: "PackageReports" });
export type PackageReports = z.infer<typeof PackageReports>;
