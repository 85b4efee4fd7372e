import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReceivedWebhook } from "./received-webhooks.ts";

/**
 * A real receiver of webhooks. The URL says how it answers: `/<name>?status=500`, `?fail=3` (the first three times 500),
 * `?hang=1` (never), `?bytes=1000000000`, `?location=…` (a redirect), `?retryAfter=7`. What it got under a name is at
 * `GET /<name>`.
 */
export interface WebhookReceiver {
  readonly url: string;
  close(): Promise<void>;
}

const CHUNK = Buffer.alloc(65_536, "x");

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received = new Map<string, ReceivedWebhook[]>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://receiver");
    const seen = received.get(pathname) ?? [];
    received.set(pathname, seen);
    if (request.method === "GET") return void response.end(JSON.stringify(seen));
    void readAll(request).then((body) => {
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
      seen.push({ at: Date.now(), headers: Object.fromEntries(headers), body });
      answer(response, searchParams, seen.length);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "::", listening));
  // A socket's address has a port; a pipe's would be text.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function answer(response: ServerResponse, how: URLSearchParams, times: number): void {
  if (how.has("hang")) return;
  const location = how.get("location");
  if (location !== null) return void response.writeHead(302, { location }).end();
  const failing = times <= Number(how.get("fail") ?? 0);
  const retryAfter = how.get("retryAfter");
  response.writeHead(
    failing ? 500 : Number(how.get("status") ?? 200),
    retryAfter === null ? {} : { "retry-after": retryAfter },
  );
  const bytes = Number(how.get("bytes") ?? 0);
  if (bytes > 0) void pour(response, bytes);
  else response.end(failing ? "not yet" : "thanks");
}

/** Until all is sent or nobody wants more. */
async function pour(response: ServerResponse, bytes: number): Promise<void> {
  const chunks = function* () {
    for (let sent = 0; sent < bytes; sent += CHUNK.length) yield CHUNK;
  };
  await pipeline(Readable.from(chunks()), response).catch(() => undefined);
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}
