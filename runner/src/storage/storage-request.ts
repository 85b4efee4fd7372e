import { createReadStream } from "node:fs";
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { RetryPolicy } from "@reelway/shared/client/retry";
import type { PresignedRequest } from "@reelway/shared/contracts/asset";

const httpAgent = new HttpAgent({ keepAlive: true });
const httpsAgent = new HttpsAgent({ keepAlive: true });
/** A connection that moves less than this in `stallMs` trickles, and would take for ever, bytes. */
export const trickleBytes = 16 * 1024;
/** How a read that breaks is taken up again; counted anew when something has come. */
export const readRetries: RetryPolicy = { retries: 5, baseMs: 500, maxMs: 15_000 };
/** A grant to read that ends within this time is not begun with, milliseconds. */
export const readReserveMs = 60_000;
/** Enough of an error's body to find its code. */
const errorBodyBytes = 16 * 1024;

export interface RequestOptions {
  readonly signal: AbortSignal;
  /** A socket on which nothing moves for this long is dead; one that trickles is a little later, milliseconds. */
  readonly stallMs: number;
}

/** A byte range of a file: from `start`, `bytes` long. */
export interface FileRange {
  readonly path: string;
  readonly start: number;
  readonly bytes: number;
}

export interface PutAnswer {
  readonly status: number;
  /** Without quotes; null where the storage sent none. */
  readonly etag: string | null;
  /** The storage's own code for a refusal, such as BadDigest. */
  readonly refusal: string | null;
}

/** GETs an object, or a range of it (RFC 9110 §14.1.2). The caller reads the body; its socket is watched until the end. */
export async function getObject(
  granted: PresignedRequest,
  range: string | null,
  options: RequestOptions,
): Promise<IncomingMessage> {
  const headers = range === null ? granted.headers : { ...granted.headers, range };
  return (await send(granted, headers, null, options)).answer;
}

/** PUTs a range of a file with exactly the granted headers. Any answer resolves; a broken connection rejects. */
export async function putRange(
  granted: PresignedRequest,
  range: FileRange,
  onBytes: (sent: number) => void,
  options: RequestOptions,
): Promise<PutAnswer> {
  const { answer, close } = await send(granted, granted.headers, bodyOf(range, onBytes), options);
  try {
    const body = await firstBytes(answer);
    const status = answer.statusCode ?? 0;
    const refusal = status >= 300 ? (/<Code>(\w{1,60})<\/Code>/.exec(body)?.[1] ?? null) : null;
    return { status, etag: etagOf(answer), refusal };
  } finally {
    close();
  }
}

/** An ETag without quotes and weakness mark, or null. */
export function etagOf(answer: IncomingMessage): string | null {
  return answer.headers.etag === undefined ? null : bareEtag(answer.headers.etag);
}

export function bareEtag(etag: string): string {
  return etag.replace(/^W\//, "").replaceAll('"', "");
}

interface Exchange {
  readonly answer: IncomingMessage;
  /** Drops the connection where the body was not wanted to its end. */
  readonly close: () => void;
}

function send(
  granted: PresignedRequest,
  headers: Readonly<Record<string, string>>,
  body: Readable | null,
  { signal, stallMs }: RequestOptions,
): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const secure = granted.url.startsWith("https:");
    const request = (secure ? httpsRequest : httpRequest)(granted.url, {
      method: granted.method,
      headers,
      signal,
      agent: secure ? httpsAgent : httpAgent,
    });
    const close = () => {
      body?.destroy();
      if (!request.writableFinished) request.destroy();
    };
    watchPace(request, stallMs);
    request.setTimeout(stallMs, () => request.destroy(new Error(`nothing moved on the connection for ${stallMs} ms`)));
    request.on("response", (answer) => {
      // A refusal may come before the whole body is out: no more of it is sent.
      body?.destroy();
      resolve({ answer, close });
    });
    request.on("error", (error) => {
      close();
      reject(signal.aborted ? signal.reason : error);
    });
    body?.on("error", (error) => request.destroy(error));
    if (body === null) request.end();
    else body.pipe(request);
  });
}

/** Ends a request whose connection is not quite silent but next to it. */
function watchPace(request: ClientRequest, stallMs: number): void {
  let before = 0;
  request.once("socket", (socket) => {
    before = bytesMoved(socket);
  });
  const timer = setInterval(() => {
    const moved = bytesMoved(request.socket);
    if (moved - before < trickleBytes)
      request.destroy(new Error(`only ${moved - before} bytes moved on the connection in ${stallMs} ms`));
    before = moved;
  }, stallMs);
  request.once("close", () => clearInterval(timer));
}

function bytesMoved(socket: Socket | null): number {
  return socket === null ? 0 : socket.bytesRead + socket.bytesWritten - socket.writableLength;
}

function bodyOf({ path, start, bytes }: FileRange, onBytes: (sent: number) => void): Readable | null {
  if (bytes === 0) return null;
  let sent = 0;
  const file = createReadStream(path, { start, end: start + bytes - 1, highWaterMark: 64 * 1024 });
  return file.on("data", (chunk) => {
    sent += chunk.length;
    onBytes(sent);
  });
}

async function firstBytes(answer: IncomingMessage): Promise<string> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk) || size >= errorBodyBytes) continue;
    kept.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(kept).toString("utf8");
}

/** A presigned request that the storage takes no longer: a fresh one may be. */
export class GrantRefused extends Error {
  constructor(status: number) {
    super(`the storage refused the grant (${status})`);
  }
}
