import { createReadStream } from "node:fs";
import { Upload } from "@aws-sdk/lib-storage";
import type { DestinationGrant } from "@reelway/shared/contracts/grant";
import type { DeliveryReport, OutputFile } from "@reelway/shared/contracts/manifest";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { ProducedFile } from "../kinds/kind.ts";
import { inParallel } from "./in-parallel.ts";
import { type StoreAccess, s3Client } from "./s3-client.ts";
import { s3FailureOf } from "./s3-failure.ts";

export interface DeliveryOptions {
  readonly grant: DestinationGrant;
  readonly access: StoreAccess;
  readonly onBytes: (sent: number) => void;
  readonly signal: AbortSignal;
}

const filesAtOnce = 2;
const partsAtOnce = 3;
/** S3's own smallest part, three times: fewer requests, bounded memory. */
const partBytes = 16 * 1024 * 1024;

/**
 * Puts the outputs into the tenant's own bucket as well, under `<prefix><name>`. A repeat writes the same keys again.
 * @throws ReelwayError destination_refused, destination_unavailable; the signal's reason.
 */
export async function deliverToBucket(
  files: readonly ProducedFile[],
  outputs: readonly OutputFile[],
  { grant, access, onBytes, signal }: DeliveryOptions,
): Promise<DeliveryReport> {
  const client = s3Client(grant, access);
  const sent = new Map<string, number>();
  const count = (name: string, bytes: number) => {
    sent.set(name, bytes);
    onBytes([...sent.values()].reduce((sum, one) => sum + one, 0));
  };
  try {
    await inParallel(filesAtOnce, files, async ({ path, name, contentType }) => {
      signal.throwIfAborted();
      const upload = new Upload({
        client,
        params: {
          Bucket: grant.bucket,
          Key: grant.prefix + name,
          Body: createReadStream(path),
          ContentType: contentType,
        },
        queueSize: partsAtOnce,
        partSize: partBytes,
      });
      upload.on("httpUploadProgress", ({ loaded = 0 }) => count(name, loaded));
      const stop = () => void upload.abort();
      signal.addEventListener("abort", stop, { once: true });
      await upload.done().finally(() => signal.removeEventListener("abort", stop));
    });
  } catch (error) {
    signal.throwIfAborted();
    const { isFinal, reason } = s3FailureOf(error);
    throw new ReelwayError(isFinal ? "destination_refused" : "destination_unavailable", reason, { cause: error });
  } finally {
    client.destroy();
  }
  const { connectionId, bucket, prefix } = grant;
  const bytes = outputs.reduce((sum, output) => sum + output.bytes, 0);
  return { connectionId, bucket, prefix, files: files.length, bytes };
}
