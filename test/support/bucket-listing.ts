import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { RegionId } from "@reelway/shared/regions";
import type { TestStack } from "./test-stack.ts";

/** The keys of what lies in a region's bucket, as an S3 client of others sees them. */
export async function listBucket(stack: TestStack, region: RegionId): Promise<string[]> {
  const secrets: Record<string, string> = JSON.parse(readFileSync(join(stack.dataDir, "secrets.json"), "utf8"));
  const client = new S3Client({
    endpoint: `${stack.url}/cdn-cgi/local/r2/s3`,
    region: "auto",
    forcePathStyle: true,
    credentials: {
      accessKeyId: secrets.R2_ACCESS_KEY_ID ?? "",
      secretAccessKey: secrets.R2_SECRET_ACCESS_KEY ?? "",
    },
  });
  try {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: `reelway-${region}` }));
    return Contents.flatMap(({ Key }) => Key ?? []).sort();
  } finally {
    client.destroy();
  }
}
