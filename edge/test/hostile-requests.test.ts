import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Problem } from "@reelway/shared/errors/problem";
import { limits } from "@reelway/shared/limits";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../src/app.ts";
import { nestsDeeperThan } from "../src/safety/json-depth.ts";
import { parseSettings } from "../src/settings.ts";
import { readyAsset } from "./support/assets.ts";
import { seedJob } from "./support/fleet.ts";
import { bootstrapped, type TestKey } from "./support/tenants.ts";

const app = createApp();
let admin: TestKey;
beforeAll(async () => {
  admin = await bootstrapped();
});

function send(path: string, init: RequestInit = {}, variables: Partial<typeof env> = {}) {
  return app.fetch(
    new Request(`https://reelway.test${path}`, init),
    { ...env, ...variables },
    createExecutionContext(),
  );
}

function post(body: BodyInit, headers: Record<string, string> = {}) {
  const all = { authorization: `Bearer ${admin.secret}`, "content-type": "application/json", ...headers };
  return send("/api/v1/jobs", { method: "POST", headers: all, body });
}

/** The length is never announced. */
function chunked(text: string, size = 16_384): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

async function gzipped(text: string): Promise<ArrayBuffer> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
const large = JSON.stringify("x".repeat(10_000_000));

describe("a body", () => {
  it.each([
    ["of 10 MB", () => post(large), 413, "body_too_large"],
    ["of 10 MB without a length", () => post(chunked(large)), 413, "body_too_large"],
    ["that lies about its length", () => post(large, { "content-length": "2" }), 413, "body_too_large"],
    ["100,000 deep", () => post(nested(100_000)), 422, "invalid_request"],
    ["100,000 deep and never closed", () => post("[".repeat(100_000)), 422, "invalid_request"],
    ["50,000 deep in objects", () => post('{"a":'.repeat(50_000)), 422, "invalid_request"],
    ["one level too deep", () => post(`{"metadata":${nested(limits.requestBodyDepth)}}`), 422, "invalid_request"],
    [
      "that is compressed",
      async () => post(await gzipped("{}"), { "content-encoding": "gzip" }),
      415,
      "unsupported_media_type",
    ],
    ["that is compressed and does not say so", async () => post(await gzipped("{}")), 400, "malformed_json"],
    [
      "that is a zip bomb",
      async () => post(await gzipped(large), { "content-encoding": "gzip" }),
      415,
      "unsupported_media_type",
    ],
    [
      "of a form",
      () => post("a=1", { "content-type": "application/x-www-form-urlencoded" }),
      415,
      "unsupported_media_type",
    ],
    [
      "of JSON that calls itself text",
      () => post("{}", { "content-type": "text/plain" }),
      415,
      "unsupported_media_type",
    ],
    ["that is no UTF-8", () => post(new Uint8Array([0x22, 0xff, 0xfe, 0x22])), 422, "invalid_request"],
    ["that is empty", () => post(""), 400, "malformed_json"],
    ["that is a number", () => post("1e999"), 422, "invalid_request"],
    ["with a prototype", () => post('{"__proto__":{"assetId":"x"},"preset":"mp4-h264"}'), 422, "invalid_request"],
    ["with a constructor", () => post('{"constructor":{"prototype":{"a":1}}}'), 422, "invalid_request"],
    ["of braces within a string", () => post(JSON.stringify({ name: "{".repeat(1_000) })), 422, "invalid_request"],
  ])("%s is refused", async (_, request, status, code) => {
    const response = await request();
    const problem = Problem.parse(await response.json());
    expect([response.status, problem.code]).toEqual([status, code]);
  });

  it("of a name given twice counts the last, and pollutes nothing", async () => {
    const { id } = await readyAsset(admin);
    const body = `{"assetId":"ast_x","assetId":"${id}","preset":"mp4-h264","metadata":{"a":"1","a":"2"}}`;
    expect(await (await post(body)).json()).toMatchObject({ assetId: id, metadata: { a: "2" } });
    await post(`{"assetId":"${id}","preset":"mp4-h264","metadata":{"__proto__":"x"}}`);
    expect(Reflect.get({}, "x")).toBeUndefined();
  });
});

describe("the depth of JSON text", () => {
  it.each([
    ["", 0],
    ['"[[["', 0],
    ["[]", 1],
    ['{"a":[1],"b":[2]}', 2],
    ['["\\"[[[", "]"]', 1],
    ['["\\\\",[[]]]', 3],
    ['["\\\\\\"[["]', 1],
    ["[[[", 3],
    ["]]][[", 0],
  ])("of %s is %i", (text, depth) => {
    expect([nestsDeeperThan(depth, text), depth > 0 && nestsDeeperThan(depth - 1, text)]).toEqual([false, depth > 0]);
  });
});

describe("a request", () => {
  it.each([
    ["a query of 15 kB", `/api/v1/jobs?tag=${"a".repeat(15_000)}`],
    ["1,000 parameters", `/api/v1/jobs?${Array.from({ length: 1_000 }, (_, i) => `p${i}=1`).join("&")}`],
    ["a name a thousand times", `/api/v1/jobs?${"limit=1&".repeat(1_000)}`],
    ["a cursor of junk", `/api/v1/jobs?cursor=${"%00".repeat(1_000)}`],
    ["SQL", "/api/v1/jobs?tag=%27%3B%20DROP%20TABLE%20jobs%3B--"],
    ["broken escapes", "/api/v1/jobs/%E0%A4%A"],
    ["a path upwards", "/api/v1/jobs/..%2f..%2fetc%2fpasswd"],
    ["a path of 15 kB", `/api/v1/jobs/${"a".repeat(15_000)}`],
    ["a name of an object's own", "/api/v1/presets/__proto__"],
  ])("with %s is answered by less than 500", async (_, path) => {
    const response = await send(path, { headers: { authorization: `Bearer ${admin.secret}` } });
    expect(response.status).toBeLessThan(500);
    await response.body?.cancel();
  });

  it("with 500 headers is answered", async () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`x-header-${i}`, "v".repeat(50)]));
    expect((await send("/healthz", { headers: many })).status).toBe(200);
  });
});

describe("every answer", () => {
  it.each([
    ["JSON", "/healthz"],
    ["a problem", "/api/v1/nothing"],
    ["a refusal", "/api/v1/jobs"],
  ])("of %s is armoured", async (_, path) => {
    const { headers } = await send(path);
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "strict-transport-security": expect.stringContaining("max-age="),
    });
    expect(headers.get("server")).toBeNull();
    expect(headers.get("x-powered-by")).toBeNull();
  });

  it("over plain http promises no https", async () => {
    const response = await app.fetch(new Request("http://127.0.0.1/healthz"), env, createExecutionContext());
    expect(response.headers.get("strict-transport-security")).toBeNull();
  });
});

describe("CORS", () => {
  const CORS_ORIGINS = "https://app.example.com, http://localhost:5173";
  const from = (origin: string, init: RequestInit = {}, path = "/api/v1/presets") =>
    send(path, { ...init, headers: { origin, ...init.headers } }, { CORS_ORIGINS });
  const preflight = { method: "OPTIONS", headers: { "access-control-request-method": "POST" } };

  it.each(["https://app.example.com", "http://localhost:5173"])("lets pages of %s in", async (origin) => {
    const asked = await from(origin, preflight);
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-origin")).toBe(origin);
    expect(asked.headers.get("access-control-allow-headers")).toMatch(/authorization.*idempotency-key/);
    expect(asked.headers.get("access-control-max-age")).toBe("7200");
    const answered = await from(origin);
    expect(answered.headers.get("access-control-allow-origin")).toBe(origin);
    expect(answered.headers.get("access-control-expose-headers")).toMatch(/etag.*retry-after.*x-request-id/);
    expect(answered.headers.get("vary")).toMatch(/origin/i);
    expect(answered.headers.get("access-control-allow-credentials")).toBeNull();
  });

  it.each([
    "null",
    "https://evil.example",
    "https://app.example.com.evil.example",
    "https://evilapp.example.com",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://APP.example.com",
    "*",
    "",
  ])("tells %s nothing", async (origin) => {
    for (const response of [await from(origin), await from(origin, preflight)]) {
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect(response.headers.get("access-control-allow-credentials")).toBeNull();
    }
  });

  it("is told to caches, whoever asks", async () => {
    const response = await send("/healthz", {}, { CORS_ORIGINS });
    expect(response.headers.get("vary")).toMatch(/origin/i);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });

  it.each([{ origin: "https://app.example.com" }, {}])("leaves WebSockets alone: %j", async (origin) => {
    const { job } = await seedJob("weur", { tenantId: admin.tenantId });
    const headers = { ...origin, upgrade: "websocket", authorization: `Bearer ${admin.secret}` };
    const response = await send(`/api/v1/jobs/${job.id}/events`, { headers }, { CORS_ORIGINS });
    expect(response.status).toBe(101);
    response.webSocket?.accept();
    response.webSocket?.close();
    expect(response.webSocket).not.toBeNull();
  });

  it("is off without a list", async () => {
    const response = await send("/healthz", { headers: { origin: "https://app.example.com" } });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });

  it.each(["*", "null", "https://app.example.com/", "app.example.com", "https://a.example, ftp://b.example"])(
    "takes no setting like %s",
    (list) => {
      expect(() => parseSettings({ ...env, CORS_ORIGINS: list })).toThrow(/CORS_ORIGINS/);
    },
  );
});
