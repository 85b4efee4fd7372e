import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { RegionId } from "@reelway/shared/regions";
import type { TestStack } from "./test-stack.ts";

type Place = Pick<TestStack, "url" | "dataDir">;

export interface BucketObject {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
}

/** The keys of what lies in a region's bucket, as an S3 client of others sees them. */
export async function listBucket(stack: Place, region: RegionId): Promise<string[]> {
  return (await listObjects(stack, region)).map(({ key }) => key).sort();
}

/** The same with the size and the ETag, without its quotes. */
export async function listObjects(stack: Place, region: RegionId): Promise<BucketObject[]> {
  const client = clientOf(stack);
  try {
    const objects: BucketObject[] = [];
    for (let ContinuationToken: string | undefined; ; ) {
      const page = await client.send(new ListObjectsV2Command({ Bucket: `reelway-${region}`, ContinuationToken }));
      for (const { Key: key, Size: bytes = 0, ETag = "" } of page.Contents ?? [])
        if (key !== undefined) objects.push({ key, bytes, etag: ETag.replaceAll('"', "") });
      ContinuationToken = page.NextContinuationToken;
      if (ContinuationToken === undefined) return objects;
    }
  } finally {
    client.destroy();
  }
}

/** Puts something into a region's bucket behind the control plane's back. */
export async function putInBucket(stack: TestStack, region: RegionId, key: string, body: string): Promise<void> {
  const client = clientOf(stack);
  try {
    await client.send(new PutObjectCommand({ Bucket: `reelway-${region}`, Key: key, Body: body }));
  } finally {
    client.destroy();
  }
}

function clientOf(stack: Place): S3Client {
  const secrets: Record<string, string> = JSON.parse(readFileSync(join(stack.dataDir, "secrets.json"), "utf8"));
  return new S3Client({
    endpoint: `${stack.url}/cdn-cgi/local/r2/s3`,
    region: "auto",
    forcePathStyle: true,
    credentials: {
      accessKeyId: secrets.R2_ACCESS_KEY_ID ?? "",
      secretAccessKey: secrets.R2_SECRET_ACCESS_KEY ?? "",
    },
  });
}
