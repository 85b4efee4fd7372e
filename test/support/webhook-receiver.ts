import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import type { ReceivedWebhook } from "./received-webhooks.ts";

/**
 * A real receiver of webhooks. The URL says how it answers: `/<name>?status=500`, `?fail=3` (the first three times 500),
 * `?hang=1` (never), `?bytes=1000000000`, `?location=…` (a redirect), `?retryAfter=7`. What it got under a name is at
 * `GET /<name>`. However it treats events, it sends back the challenge of webhook.verify, unless `?verify=` says otherwise:
 * `text` (without JSON), `wrong`, `echo` (the call's own body), `page` (that contains it), `long`, `later` (after
 * `POST /<name>?agree`), or `no` (as it answers events). What was asked under a name is at `GET /<name>?asked`.
 */
export interface WebhookReceiver {
  readonly url: string;
  close(): Promise<void>;
}

interface Received {
  readonly events: ReceivedWebhook[];
  readonly asked: ReceivedWebhook[];
  /** Whether it has been told to send back challenges from now on. */
  readonly agreed: boolean;
}

const Verification = z.object({ type: z.literal("webhook.verify"), data: z.object({ challenge: z.string() }) });

const CHUNK = Buffer.alloc(65_536, "x");

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received = new Map<string, Received>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://receiver");
    const { events, asked, agreed } = received.get(pathname) ?? { events: [], asked: [], agreed: false };
    const agrees = agreed || searchParams.has("agree");
    received.set(pathname, { events, asked, agreed: agrees });
    if (request.method === "GET") return void response.end(JSON.stringify(searchParams.has("asked") ? asked : events));
    if (searchParams.has("agree")) return void response.end();
    void readAll(request).then((body) => {
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
      const call = { at: Date.now(), headers: Object.fromEntries(headers), body };
      const challenge = challengeIn(body);
      const times = (challenge === undefined ? events : asked).push(call);
      const verdict =
        challenge === undefined ? undefined : verdictOn(challenge, body, searchParams.get("verify"), agrees);
      if (verdict === undefined) answer(response, searchParams, times);
      else response.end(verdict);
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

/** The challenge of a webhook.verify call. */
function challengeIn(body: string): string | undefined {
  try {
    return Verification.safeParse(JSON.parse(body)).data?.data.challenge;
  } catch {
    return undefined;
  }
}

/** What is sent back; undefined when it is answered like an event. */
function verdictOn(challenge: string, body: string, how: string | null, agrees: boolean): string | undefined {
  if (how === "no" || (how === "later" && !agrees)) return undefined;
  if (how === "text") return `${challenge}\n`;
  if (how === "wrong") return JSON.stringify({ challenge: `${challenge}0` });
  if (how === "echo") return body;
  if (how === "page") return `<p>You sent ${challenge}</p>`;
  if (how === "long") return JSON.stringify({ note: "x".repeat(8_192), challenge });
  return JSON.stringify({ challenge });
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
