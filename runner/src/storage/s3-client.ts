import { pipeline, Readable, Transform } from "node:stream";
import { S3Client } from "@aws-sdk/client-s3";
import type { BucketAccess } from "@reelway/shared/contracts/grant";
import { AddressRefused } from "@reelway/shared/net/guarded-agent";
import { guardUrl, type UrlPolicy } from "@reelway/shared/net/url-guard";
import { buildQueryString, type HttpHandler } from "@smithy/core/protocols";
import { type HttpRequest, HttpResponse } from "@smithy/core/transport";
import { type Dispatcher, request as send } from "undici";

/** Attempts of one call, with the SDK's own backoff. */
const attempts = 3;
/** What a store says is XML of at most a few KiB. The SDK holds it in memory as a whole, so it must have an end. */
const answerBytes = 1024 * 1024;

/** The way to stores that tenants name. */
export interface StoreAccess {
  /** Of `guardedAgent`, with the same policy. */
  readonly agent: Dispatcher;
  readonly policy: UrlPolicy;
}

/**
 * A client for a tenant's own bucket. Every request's host passes `guardUrl`, every connection goes to a public address.
 * Path style: MinIO, and endpoints without a wildcard certificate, know no bucket by its host name. Checksums only where S3
 * demands them: stores that don't know `aws-chunked` trailers refuse the CRC32 that the SDK sends by default.
 */
export function s3Client(
  { endpoint, region, accessKeyId, secretAccessKey }: BucketAccess,
  access: StoreAccess,
): S3Client {
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: attempts,
    requestHandler: new GuardedHandler(access),
  });
}

/** The SDK's requests, sent by an agent of ours. Redirects are not followed. */
class GuardedHandler implements HttpHandler {
  readonly metadata = { handlerProtocol: "http/1.1" };
  readonly #access: StoreAccess;

  constructor(access: StoreAccess) {
    this.#access = access;
  }

  async handle(
    wire: HttpRequest,
    { abortSignal }: { abortSignal?: { readonly aborted: boolean } } = {},
  ): Promise<{ response: HttpResponse }> {
    const { agent, policy } = this.#access;
    if (guardUrl(`${originOf(wire)}/`, policy).refused !== undefined) throw new AddressRefused(wire.hostname);
    const { statusCode, headers, body } = await send(addressOf(wire), {
      dispatcher: agent,
      method: methodOf(wire.method),
      headers: headersOf(wire),
      body: bodyOf(wire.body),
      ...(abortSignal instanceof AbortSignal ? { signal: abortSignal } : {}),
    });
    // Whoever reads the body sees its error; where nobody does, it must not end the process.
    body.on("error", () => undefined);
    const flat = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]);
    const isObject = wire.method === "GET" && statusCode < 300;
    const shown = isObject ? body : bounded(body);
    return { response: new HttpResponse({ statusCode, headers: Object.fromEntries(flat), body: shown }) };
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): object {
    return {};
  }
}

/** Breaks off where the store goes on for too long. */
function bounded(body: Readable): Readable {
  let bytes = 0;
  const bound = new Transform({
    transform(chunk: Uint8Array, _, done) {
      bytes += chunk.byteLength;
      if (bytes > answerBytes) done(new Error("the store's answer has no end"));
      else done(null, chunk);
    },
  });
  return pipeline(body, bound, () => undefined);
}

function originOf({ protocol, hostname, port }: HttpRequest): string {
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`;
}

function addressOf(wire: HttpRequest): string {
  const text = buildQueryString(wire.query);
  return `${originOf(wire)}${wire.path}${text === "" ? "" : `?${text}`}`;
}

/** The agent waits for no 100 Continue; the header is never signed. */
function headersOf({ headers }: HttpRequest): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "expect"));
}

function methodOf(text: string): "GET" | "PUT" | "POST" | "DELETE" | "HEAD" {
  if (text === "GET" || text === "PUT" || text === "POST" || text === "DELETE" || text === "HEAD") return text;
  throw new TypeError(`not a method of S3: ${text}`);
}

function bodyOf(body: unknown): string | Uint8Array | Readable | null {
  if (body === undefined || body === null) return null;
  if (typeof body === "string" || body instanceof Uint8Array || body instanceof Readable) return body;
  throw new TypeError("a body in a form that is not sent");
}
