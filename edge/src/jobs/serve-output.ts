import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { RegionId } from "@reelway/shared/regions";
import type { Env } from "../env.ts";
import { matchesEtag, parseRange, rangeApplies } from "../http/byte-range.ts";
import { attachment } from "../http/content-disposition.ts";
import { withBucket } from "../storage/bucket.ts";
import { extensionOf, typeOfFile } from "../storage/file-types.ts";
import type { StoredOutput } from "./outputs.ts";

export interface OutputRequest {
  readonly method: string;
  readonly header: (name: string) => string | undefined;
  /** Sets a header of the answer, also of a refusal. */
  readonly setHeader: (name: string, value: string) => void;
  readonly region: RegionId;
  /** What the caller called the source: the download is named after it. */
  readonly sourceName: string;
  /** Whether the download bears the source's name alone, or the output's own behind it. */
  readonly isMain: boolean;
  /** To be played in place rather than saved. */
  readonly inline?: boolean;
}

/**
 * Streams an output from its bucket, with one Range, ETag, If-None-Match and If-Range (RFC 9110). Keys are never written
 * twice, so the answer may be kept for ever. Throws `range_not_satisfiable`, `output_not_found`, `storage_unavailable`.
 */
export async function serveOutput(env: Env, output: StoredOutput, request: OutputRequest): Promise<Response> {
  const { bytes } = output.file;
  const etag = `"${output.file.etag}"`;
  const headers = headersOf(output, etag, request);
  if (matchesEtag(request.header("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  if (request.method === "HEAD")
    return new Response(null, { headers: { ...headers, "content-length": String(bytes) } });

  const ifRange = request.header("if-range");
  const range = rangeApplies(ifRange, etag) ? parseRange(request.header("range"), bytes) : { kind: "whole" as const };
  if (range.kind === "unsatisfiable") {
    request.setHeader("content-range", `bytes */${bytes}`);
    throw new ReelwayError("range_not_satisfiable", `The file has ${bytes} bytes`);
  }
  if (range.kind === "whole") {
    const body = await read(env, request.region, output);
    return new Response(body, { headers: { ...headers, "content-length": String(bytes) } });
  }
  const { offset, length } = range;
  const body = await read(env, request.region, output, { offset, length });
  const contentRange = `bytes ${offset}-${offset + length - 1}/${bytes}`;
  const partHeaders = { ...headers, "content-length": String(length), "content-range": contentRange };
  return new Response(body, { status: 206, headers: partHeaders });
}

function headersOf({ file }: StoredOutput, etag: string, request: OutputRequest): Record<string, string> {
  return {
    "content-type": typeOfFile(file.name),
    "content-disposition": request.inline ? "inline" : attachment(downloadName(file.name, request)),
    "content-security-policy": "sandbox; default-src 'none'",
    "cache-control": "private, max-age=31536000, immutable",
    "accept-ranges": "bytes",
    etag,
  };
}

function downloadName(outputName: string, { sourceName, isMain }: OutputRequest): string {
  const stem = sourceName.replace(/\.[^.]*$/, "") || sourceName;
  if (!isMain) return `${stem}-${outputName.replaceAll("/", "-").replace(/^film-/, "")}`;
  const extension = extensionOf(outputName);
  return extension === "" ? stem : `${stem}.${extension}`;
}

async function read(env: Env, region: RegionId, { key, file }: StoredOutput, range?: R2Range): Promise<ReadableStream> {
  const onlyIf = { etagMatches: file.etag };
  const object = await withBucket(env, region, (bucket) => bucket.get(key, { onlyIf, ...(range ? { range } : {}) }));
  if (!object) throw new ReelwayError("output_not_found", "The file is no longer in the bucket");
  if (!("body" in object)) throw new ReelwayError("storage_unavailable", "The file in the bucket is another one");
  return object.body;
}
