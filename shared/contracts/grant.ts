import { z } from "zod";
import { limits } from "../limits.ts";
import { Md5, MediaType, PartEtag, PresignedRequest } from "./asset.ts";
import { OutputName } from "./manifest.ts";

/**
 * What a lease lets its holder read or write. A union by `kind`: presigned requests now, scoped temporary credentials
 * may come beside them.
 */
export const InputGrant = z
  .object({
    kind: z.literal("presigned"),
    role: z.enum(["source", "watermark", "subtitles"]),
    bytes: z.int(),
    etag: z.string().meta({ description: "The object must still be this one (`If-Match`)" }),
    contentType: z.string(),
    request: PresignedRequest,
  })
  .meta({ id: "InputGrant" });
export type InputGrant = z.infer<typeof InputGrant>;

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
