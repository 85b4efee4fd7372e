import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import vectors from "@reelway/shared/net/forbidden-urls.json" with { type: "json" };
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, test } from "vitest";
import { outboundService } from "./outbound.ts";

/** A Worker that fetches what it is told, with workerd's own `fetch`. */
const script = `export default {
  async fetch(request) {
    const { url, init } = await request.json();
    try {
      const answer = await fetch(url, init);
      return Response.json({ status: answer.status, text: await answer.text(), headers: [...answer.headers] });
    } catch (error) {
      return Response.json({ error: String(error) });
    }
  }
}`;

let connections = 0;
let listener: Server;
let port: number;
let miniflare: Miniflare;
let trusting: Miniflare;

beforeAll(async () => {
  listener = createServer(async (request, response) => {
    const body = (await request.toArray()).join("");
    if (request.url === "/away") return void response.writeHead(302, { location: "/here" }).end();
    if (request.url === "/gzip")
      return void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("unpacked"));
    response.end(JSON.stringify({ method: request.method, url: request.url, host: request.headers.host, body }));
  });
  listener.on("connection", () => connections++);
  await new Promise<void>((resolve) => listener.listen(0, "::", resolve));
  port = (listener.address() as AddressInfo).port;
  const worker = { modules: true, script, compatibilityDate: "2026-11-17" };
  const start = (trusted: string[]) =>
    new Miniflare(convertV4MiniflareOptions({ ...worker, cf: false, outboundService: outboundService(trusted) }));
  miniflare = start([]);
  trusting = start([`http://127.0.0.1:${port}/v1/traces`]);
});

afterAll(async () => {
  await Promise.all([miniflare.dispose(), trusting.dispose()]);
  listener.closeAllConnections();
  listener.close();
});

async function fetchInWorker(runtime: Miniflare, url: string, init: object = {}) {
  const answer = await runtime.dispatchFetch("http://worker.test/", {
    method: "POST",
    body: JSON.stringify({ url, init }),
  });
  const result: { status?: number; text?: string; error?: string; headers?: string[][] } = JSON.parse(
    await answer.text(),
  );
  return result;
}

test.each(["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:7f00:1]", "127。0。0。1", "localhost"])(
  "the Worker of a stack does not reach %s",
  async (host) => {
    expect((await fetchInWorker(miniflare, `http://${host}:${port}/`)).status).toBe(403);
    expect(connections).toBe(0);
  },
);

test("nor any of the forbidden URLs", async () => {
  for (const { url, refused } of vectors.refused) {
    if (refused !== "address_literal") continue;
    const { status, error } = await fetchInWorker(
      miniflare,
      url.replace(/\/$/, `:${port}/`).replace("https:", "http:"),
    );
    expect(status === undefined ? error : [403, 502].includes(status), url).toBeTruthy();
  }
  expect(connections).toBe(0);
});

test("a URL of the operator's own settings is reached, with method and body, and answered as it is", async () => {
  const at = `http://127.0.0.1:${port}`;
  const posted = await fetchInWorker(trusting, `${at}/v1/traces`, { method: "POST", body: "spans" });
  expect(JSON.parse(posted.text ?? "")).toMatchObject({ method: "POST", url: "/v1/traces", body: "spans" });
  expect(await fetchInWorker(trusting, `${at}/gzip`)).toMatchObject({ status: 200, text: "unpacked" });
  const manual = await fetchInWorker(trusting, `${at}/away`, { redirect: "manual" });
  expect(manual).toMatchObject({ status: 302, headers: expect.arrayContaining([["location", "/here"]]) });
  const followed = await fetchInWorker(trusting, `${at}/away`);
  expect(JSON.parse(followed.text ?? "")).toMatchObject({ url: "/here" });
  expect((await fetchInWorker(trusting, `http://localhost:${port}/`)).status).toBe(403);
});
