import type { Manifest, OutputFile } from "@reelway/shared/contracts/manifest";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { refuseTooMany } from "./output-bytes.ts";
import { refuseTypes } from "./output-grants.ts";

type Listed = Pick<R2Object, "size" | "etag">;

/**
 * Holds a manifest against the bucket's own listing: each output is there with its size and ETag, which is the MD5 of
 * an object that was put in one piece. Answers the outputs with the ETags of the listing: what is served later must
 * match them, not the runner's spelling. Throws `manifest_mismatch` with the names, `output_refused` for what no manifest
 * may hold.
 */
export async function verifyManifest(
  bucket: R2Bucket,
  { prefix, bytesMax }: { readonly prefix: string; readonly bytesMax: number },
  { outputs }: Manifest,
): Promise<OutputFile[]> {
  refuseTypes(
    outputs.map(({ contentType }, index) => ({ path: `manifest.outputs.${index}.contentType`, contentType })),
  );
  refuseRepeats(outputs);
  const { listed, bytes } = await list(bucket, prefix, new Set(outputs.map(({ name }) => prefix + name)));
  refuseTooMany(bytes, bytesMax);
  const errors = outputs.flatMap((output, index) => {
    const message = whatDiffers(output, listed.get(prefix + output.name));
    return message === null ? [] : [{ path: `manifest.outputs.${index}`, message: `${output.name}: ${message}` }];
  });
  if (errors.length > 0)
    throw new ReelwayError("manifest_mismatch", errors.map(({ message }) => message).join("; "), { errors });
  return outputs.map((output) => ({ ...output, etag: listed.get(prefix + output.name)?.etag ?? output.etag }));
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

/**
 * What the bucket has of the wanted keys, and how much there is below the prefix, wanted or not. Throws `output_refused`
 * when a task wrote more files than it may.
 */
async function list(
  bucket: R2Bucket,
  prefix: string,
  wanted: ReadonlySet<string>,
): Promise<{ listed: Map<string, Listed>; bytes: number }> {
  const listed = new Map<string, Listed>();
  let files = 0;
  let bytes = 0;
  for (let cursor: string | undefined; ; ) {
    const page: R2Objects = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
    for (const object of page.objects) if (wanted.has(object.key)) listed.set(object.key, object);
    files += page.objects.length;
    bytes += page.objects.reduce((sum, { size }) => sum + size, 0);
    if (files > limits.outputFilesPerTask)
      throw new ReelwayError("output_refused", `a task may write ${limits.outputFilesPerTask} files at most`);
    if (!page.truncated) return { listed, bytes };
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
