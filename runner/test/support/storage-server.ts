import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { PresignedRequest } from "@reelway/shared/contracts/asset";
import { onTestFinished } from "vitest";

/** What goes wrong with one request: it replaces the storage's own answer. */
export type Fault = (request: IncomingMessage, response: ServerResponse, object: Buffer | undefined) => void;

export interface SeenRequest {
  readonly method: string;
  readonly key: string;
  readonly range: string | undefined;
}

/** An object storage on a real socket: GET with Range and If-Match, PUT with Content-MD5 and If-None-Match, and faults. */
export interface StorageServer {
  readonly objects: Map<string, Buffer>;
  readonly seen: SeenRequest[];
  /** The next requests meet these, in order; afterwards all goes well. */
  readonly faults: Fault[];
  readonly grant: (method: "GET" | "PUT", key: string, headers?: Record<string, string>) => PresignedRequest;
}

export async function startStorage(): Promise<StorageServer> {
  const objects = new Map<string, Buffer>();
  const seen: SeenRequest[] = [];
  const faults: Fault[] = [];
  const server = createServer((request, response) => {
    const key = (request.url ?? "").slice(1).split("?")[0] ?? "";
    seen.push({ method: request.method ?? "", key, range: request.headers.range });
    const fault = faults.shift();
    if (fault) fault(request, response, objects.get(key));
    else if (request.method === "PUT") void put(objects, key, request, response);
    else get(objects.get(key), request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    objects,
    seen,
    faults,
    grant: (method, key, headers = {}) => ({
      method,
      url: `http://127.0.0.1:${port}/${key}?X-Amz-Signature=secret`,
      headers,
      expiresAt: Number.MAX_SAFE_INTEGER,
    }),
  };
}

export function md5Of(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("hex");
}

function get(object: Buffer | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (object === undefined) return void response.writeHead(404).end();
  const etag = `"${md5Of(object)}"`;
  const wanted = request.headers["if-match"];
  if (wanted !== undefined && wanted.replaceAll('"', "") !== md5Of(object)) return void response.writeHead(412).end();
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  if (asked === null) return void response.writeHead(200, { etag, "content-length": object.length }).end(object);
  const [from, last] = [Number(asked[1]), Math.min(Number(asked[2] || Number.POSITIVE_INFINITY), object.length - 1)];
  const body = object.subarray(from, last + 1);
  const range = { "content-range": `bytes ${from}-${last}/${object.length}` };
  response.writeHead(206, { etag, "content-length": body.length, ...range }).end(body);
}

async function put(
  objects: Map<string, Buffer>,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bodyOf(request);
  const md5 = md5Of(body);
  const promised = request.headers["content-md5"];
  const wanted = typeof promised === "string" ? Buffer.from(promised, "base64").toString("hex") : md5;
  if (request.headers["transfer-encoding"] || Number(request.headers["content-length"]) !== body.length)
    return void response.writeHead(403).end("<Error><Code>SignatureDoesNotMatch</Code></Error>");
  if (wanted !== md5) return void response.writeHead(400).end("<Error><Code>BadDigest</Code></Error>");
  if (request.headers["if-none-match"] === "*" && objects.has(key)) return void response.writeHead(412).end();
  objects.set(key, body);
  response.writeHead(200, { etag: `"${md5}"` }).end();
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Answers with a status and nothing else. */
export const answerWith =
  (status: number): Fault =>
  (request, response) => {
    request.resume();
    response.writeHead(status).end();
  };

/** Sends the first `bytes` of what was asked for, then falls silent. */
export const silentAfter =
  (bytes: number): Fault =>
  (request, response, object = Buffer.alloc(0)) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = from > 0 ? { "content-range": `bytes ${from}-${object.length - 1}/${object.length}` } : {};
    const etag = `"${md5Of(object)}"`;
    response.writeHead(from > 0 ? 206 : 200, { etag, "content-length": object.length - from, ...range });
    response.write(object.subarray(from, from + bytes));
  };

/** Sends what was asked for, a few bytes at a time: never quite silent, never done. */
export const trickle: Fault = (request, response, object = Buffer.alloc(0)) => {
  let from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const range = from > 0 ? { "content-range": `bytes ${from}-${object.length - 1}/${object.length}` } : {};
  response.writeHead(from > 0 ? 206 : 200, {
    etag: `"${md5Of(object)}"`,
    "content-length": object.length - from,
    ...range,
  });
  const timer = setInterval(() => {
    response.write(object.subarray(from, from + 10));
    from += 10;
  }, 10);
  response.on("close", () => clearInterval(timer));
};

/** Takes an upload a few bytes at a time. */
export const sip: Fault = (request) => {
  const timer = setInterval(() => request.read(10), 10);
  request.on("close", () => clearInterval(timer));
};

/** Sends half an answer, then cuts the connection. */
export const cutInTheMiddle: Fault = (_request, response, object = Buffer.alloc(0)) => {
  response.writeHead(200, { etag: `"${md5Of(object)}"`, "content-length": object.length });
  response.write(object.subarray(0, object.length / 2), () => response.destroy());
};

/** Takes the connection and says nothing. */
export const sayNothing: Fault = () => {};

/** Reads the first bytes, then cuts the connection. */
export const cutUpload: Fault = (request) => {
  request.once("data", () => request.destroy());
};
