import { Readable } from "node:stream";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { S3Input } from "@reelway/shared/contracts/grant";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { type StoreAccess, s3Client } from "./s3-client.ts";
import { s3FailureOf } from "./s3-failure.ts";
import { type OpenSource, placeOf, type SourceAnswer } from "./source-answer.ts";

/** The object is another one than before: it is fetched anew. */
const PRECONDITION_FAILED = 412;

/** A source in a tenant's own bucket. */
export function s3Source(grant: S3Input, access: StoreAccess): OpenSource {
  const client = s3Client(grant, access);
  const get = async (range: { Range?: string; IfMatch?: string }, signal: AbortSignal): Promise<SourceAnswer> => {
    const command = new GetObjectCommand({ Bucket: grant.bucket, Key: grant.key, ...range });
    const { Body, ContentRange, ContentLength, ContentType, ETag } = await client.send(command, {
      abortSignal: signal,
    });
    if (!(Body instanceof Readable)) throw new Error("the store answered without a body");
    const place = ContentRange === undefined ? { from: 0, totalBytes: ContentLength ?? null } : placeOf(ContentRange);
    return { body: Body, ...place, validator: ETag ?? null, contentType: ContentType ?? null };
  };
  const open: OpenSource = async (from, validator, signal) => {
    try {
      if (from === 0 || validator === null) return await get({}, signal);
      return await get({ Range: `bytes=${from}-`, IfMatch: validator }, signal);
    } catch (error) {
      signal.throwIfAborted();
      const { status, isFinal, reason } = s3FailureOf(error);
      if (status === PRECONDITION_FAILED) return open(0, null, signal);
      if (status === 404) throw new ReelwayError("source_not_found", reason, { cause: error });
      if (isFinal) throw new ReelwayError("source_refused", reason, { cause: error });
      throw new Error(reason, { cause: error });
    }
  };
  return open;
}
