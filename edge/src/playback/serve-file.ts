import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { RegionId } from "@reelway/shared/regions";
import type { Env } from "../env.ts";
import { matchesEtag, parseRange, rangeApplies } from "../http/byte-range.ts";
import { withBucket } from "../storage/bucket.ts";
import type { PlayRequest } from "./play-request.ts";

/** An object in a region's bucket, and as what it is served. */
export interface StoredFile {
  readonly region: RegionId;
  readonly key: string;
  readonly contentType: string;
  readonly cacheControl: string;
}

/**
 * Streams a file from the edge's cache, else from its bucket, with one Range, ETag, If-None-Match and If-Range (RFC 9110),
 * and leaves a copy in the cache. Throws `output_not_found`, `range_not_satisfiable`, `storage_unavailable`.
 */
export async function serveFile(env: Env, file: StoredFile, request: PlayRequest): Promise<Response> {
  return (await fromCache(file, request)) ?? fromBucket(env, file, request);
}

async function fromCache(file: StoredFile, { method, header, cache }: PlayRequest): Promise<Response | undefined> {
  // The cache knows no If-Range.
  if (header("if-range") !== undefined) return undefined;
  const range = method === "HEAD" ? undefined : header("range");
  const kept = await cache.find(file.key, range);
  const etag = kept?.headers.get("etag");
  if (!kept || !etag) return undefined;
  if (matchesEtag(header("if-none-match"), etag)) return notModified(file, etag, kept.body);
  if (kept.status !== 200 && kept.status !== 206) return undefined;
  const headers = headersOf(file, etag);
  for (const name of ["content-length", "content-range"]) {
    const value = kept.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(method === "HEAD" ? null : kept.body, { status: kept.status, headers });
}

async function fromBucket(env: Env, file: StoredFile, request: PlayRequest): Promise<Response> {
  const { method, header } = request;
  const isPlain = method === "GET" && [header("range"), header("if-none-match")].every((value) => value === undefined);
  if (isPlain) return whole(await read(env, file), file, request);

  const { size, httpEtag } = await look(env, file);
  if (matchesEtag(header("if-none-match"), httpEtag)) return notModified(file, httpEtag);
  if (method === "HEAD") {
    const headers = headersOf(file, httpEtag);
    headers.set("content-length", String(size));
    return new Response(null, { headers });
  }
  const applies = rangeApplies(header("if-range"), httpEtag);
  const range = applies ? parseRange(header("range"), size) : { kind: "whole" as const };
  if (range.kind === "unsatisfiable") {
    request.setHeader("content-range", `bytes */${size}`);
    throw new ReelwayError("range_not_satisfiable", `The file has ${size} bytes`);
  }
  if (range.kind === "whole") return whole(await read(env, file), file, request);
  const { offset, length } = range;
  const part = await read(env, file, { offset, length });
  // Whoever asks for one part asks for others: from now on they are near.
  request.later(fill(env, file, request));
  const headers = headersOf(file, httpEtag);
  headers.set("content-length", String(length));
  headers.set("content-range", `bytes ${offset}-${offset + length - 1}/${size}`);
  return new Response(part.body, { status: 206, headers });
}

function whole(object: R2ObjectBody, file: StoredFile, { cache, later }: PlayRequest): Response {
  const response = completeResponse(object, file);
  later(cache.keep(file.key, response.clone()));
  return response;
}

async function fill(env: Env, file: StoredFile, { cache }: PlayRequest): Promise<void> {
  await cache.keep(file.key, completeResponse(await read(env, file), file));
}

function completeResponse({ body, size, httpEtag }: R2ObjectBody, file: StoredFile): Response {
  const headers = headersOf(file, httpEtag);
  headers.set("content-length", String(size));
  return new Response(body, { headers });
}

function notModified(file: StoredFile, etag: string, unread?: ReadableStream | null): Response {
  void unread?.cancel();
  return new Response(null, { status: 304, headers: headersOf(file, etag) });
}

function headersOf({ contentType, cacheControl }: StoredFile, etag: string): Headers {
  return new Headers({ "content-type": contentType, "cache-control": cacheControl, "accept-ranges": "bytes", etag });
}

async function read(env: Env, { region, key }: StoredFile, range?: R2Range): Promise<R2ObjectBody> {
  const object = await withBucket(env, region, (bucket) => bucket.get(key, range ? { range } : {}));
  if (!object) throw new ReelwayError("output_not_found");
  return object;
}

async function look(env: Env, { region, key }: StoredFile): Promise<R2Object> {
  const object = await withBucket(env, region, (bucket) => bucket.head(key));
  if (!object) throw new ReelwayError("output_not_found");
  return object;
}
