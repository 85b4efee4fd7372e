import type { Manifest, OutputFile } from "@reelway/shared/contracts/manifest";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { refuseTypes } from "./output-grants.ts";

type Listed = Pick<R2Object, "size" | "etag">;

/**
 * Holds a manifest against the bucket's own listing: each output is there with its size and ETag, which is the MD5 of
 * an object that was put in one piece. Throws `manifest_mismatch` with the names, `output_refused` for what no manifest
 * may hold.
 */
export async function verifyManifest(bucket: R2Bucket, prefix: string, { outputs }: Manifest): Promise<void> {
  refuseTypes(
    outputs.map(({ contentType }, index) => ({ path: `manifest.outputs.${index}.contentType`, contentType })),
  );
  refuseRepeats(outputs);
  const listed = await list(bucket, prefix);
  const errors = outputs.flatMap((output, index) => {
    const message = whatDiffers(output, listed.get(prefix + output.name));
    return message === null ? [] : [{ path: `manifest.outputs.${index}`, message: `${output.name}: ${message}` }];
  });
  if (errors.length === 0) return;
  throw new ReelwayError("manifest_mismatch", errors.map(({ message }) => message).join("; "), { errors });
}

function refuseRepeats(outputs: readonly OutputFile[]): void {
  const seen = new Set<string>();
  const errors = outputs.flatMap(({ name }, index) => {
    const repeated = seen.has(name);
    seen.add(name);
    return repeated ? [{ path: `manifest.outputs.${index}.name`, message: `${name} is listed twice` }] : [];
  });
  if (errors.length > 0) throw new ReelwayError("output_refused", undefined, { errors });
}

async function list(bucket: R2Bucket, prefix: string): Promise<Map<string, Listed>> {
  const listed = new Map<string, Listed>();
  for (let cursor: string | undefined; ; ) {
    const page: R2Objects = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
    for (const object of page.objects) listed.set(object.key, object);
    if (!page.truncated) return listed;
    cursor = page.cursor;
  }
}

function whatDiffers(output: OutputFile, object: Listed | undefined): string | null {
  if (!object) return "is not in the bucket";
  if (object.size !== output.bytes) return `has ${object.size} bytes, not ${output.bytes}`;
  const multipart = object.etag.includes("-");
  const promised = multipart ? output.etag.replaceAll('"', "") : output.md5;
  return object.etag === promised ? null : "has another digest";
}
