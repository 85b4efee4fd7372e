import { z } from "zod";
import { ConnectionId } from "../ids.ts";
import { plainText } from "./text.ts";
import { Timestamp } from "./time.ts";

/** What a tenant's own bucket may be used for. */
export const ConnectionPurpose = z.enum(["source", "destination"]);
export type ConnectionPurpose = z.infer<typeof ConnectionPurpose>;

/** A bucket's name, as S3, R2 and MinIO agree on it. */
const BucketName = z
  .string()
  .min(3)
  .max(63)
  .regex(/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/, "must be a bucket name: lower-case letters, digits, . and -");

/** A key, or what keys begin with, in a bucket that is not ours: any characters but controls, no step upwards. */
export const ForeignKey = plainText(1_000)
  .refine((key) => !key.startsWith("/") && !key.split("/").includes(".."), "must not begin with / or contain ..")
  .refine((key) => !key.includes("\\"), "must not contain a backslash");

/** `POST /api/v1/connections`: a tenant's own bucket, to read sources from or to deliver results to. */
export const ConnectionRequest = z
  .strictObject({
    name: plainText(100).pipe(z.string().min(1)),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .max(300)
      .meta({ description: "The S3 endpoint, such as https://s3.eu-central-1.amazonaws.com" }),
    s3Region: z
      .string()
      .max(40)
      .regex(/^[a-z0-9-]+$/)
      .default("auto"),
    bucket: BucketName,
    prefix: ForeignKey.default("").meta({ description: "Only keys below it are read and written" }),
    purposes: z.array(ConnectionPurpose).min(1).default(["source", "destination"]),
    accessKeyId: z
      .string()
      .max(200)
      .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces: it is sent in a header"),
    secretAccessKey: z.string().min(1).max(500).meta({ description: "Stored encrypted, shown never" }),
  })
  .meta({ id: "ConnectionRequest" });
export type ConnectionRequest = z.input<typeof ConnectionRequest>;

/** `POST /api/v1/connections`: whether the bucket is tried first. */
export const ConnectionCreateQuery = z.object({
  verify: z.stringbool().default(true).meta({ description: "`false` stores it without trying the bucket" }),
});

/** `POST /api/v1/connections/{id}/test`: the bucket answered, and let these credentials list it. */
export const ConnectionTest = z
  .object({ id: ConnectionId, ok: z.literal(true), durationMs: z.int().min(0) })
  .meta({ id: "ConnectionTest" });
export type ConnectionTest = z.infer<typeof ConnectionTest>;

export const Connection = z
  .object({
    id: ConnectionId,
    name: z.string(),
    endpoint: z.string(),
    s3Region: z.string(),
    bucket: z.string(),
    prefix: z.string(),
    purposes: z.array(ConnectionPurpose),
    accessKeyId: z.string(),
    createdAt: Timestamp,
  })
  .meta({ id: "Connection" });
export type Connection = z.infer<typeof Connection>;
