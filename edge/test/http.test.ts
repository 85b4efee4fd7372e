import { env } from "cloudflare:workers";
import { Problem } from "@reelway/shared/errors/problem";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../src/app.ts";
import { createLog } from "../src/http/log.ts";
import { parseSettings } from "../src/settings.ts";
import { api, call } from "./support/api.ts";
import { bootstrapped, type TestKey } from "./support/tenants.ts";

let admin: TestKey;

beforeAll(async () => {
  admin = await bootstrapped();
});

describe("a problem", () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    api("/tenants", { method: "POST", key: admin.secret, body, headers });

  it.each([
    ["a path that does not exist", () => api("/nothing"), 404, "not_found"],
    ["a malformed id", () => api("/jobs/job_nonsense", { key: admin.secret }), 404, "not_found"],
    ["a method that is not taken", () => api("/jobs", { method: "DELETE" }), 405, "method_not_allowed"],
    ["a body that is no JSON", () => post("{"), 400, "malformed_json"],
    ["a body of another type", () => post("name=x", { "content-type": "text/plain" }), 415, "unsupported_media_type"],
    ["a body that is too large", () => post(`"${"x".repeat(limits.requestBodyBytes)}"`), 413, "body_too_large"],
    ["a field that is wrong", () => post('{"name":""}'), 422, "invalid_request"],
    ["a body that is null", () => post("null"), 422, "invalid_request"],
  ])("answers %s", async (_, request, status, code) => {
    const response = await request();
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const problem = Problem.parse(await response.json());
    expect(problem).toMatchObject({ code, status, requestId: response.headers.get("x-request-id") });
  });

  it("names the methods that a path takes", async () => {
    const response = await api("/jobs", { method: "PATCH" });
    expect(response.headers.get("allow")).toBe("GET, HEAD, POST");
  });

  it("names every field that is wrong", async () => {
    const response = await post('{"name":"", "colour":1, "size":2}');
    expect(await response.json()).toMatchObject({
      errors: [{ path: "name" }, { path: "colour" }, { path: "size" }],
    });
  });

  it("tells nothing of what went wrong on our side", async () => {
    const app = createApp();
    app.get("/broken", () => {
      throw new Error("the secret reason");
    });
    const response = await app.request("/broken", {}, env);
    const text = await response.text();
    expect([response.status, JSON.parse(text)]).toMatchObject([500, { code: "internal" }]);
    expect(text).not.toContain("secret reason");
  });
});

describe("every answer", () => {
  it("has a request id: the caller's where it is sane", async () => {
    const given = await call("/healthz", { headers: { "x-request-id": "trace-0123456789" } });
    expect(given.headers.get("x-request-id")).toBe("trace-0123456789");
    const strange = await call("/healthz", { headers: { "x-request-id": 'a"b' } });
    expect(strange.headers.get("x-request-id")).toMatch(/^req_[0-9a-z]{26}$/);
  });

  it("is not to be sniffed, referred from or kept", async () => {
    const { headers } = await api("/presets", { key: admin.secret });
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    });
  });
});

describe("health", () => {
  it("is told of the Worker, the store and the queue", async () => {
    for (const path of ["/healthz", "/api/health"])
      expect(await (await call(path)).json()).toEqual({ status: "ok", version: "0.1.0" });
    const ready = await call("/readyz");
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: "ok", version: "0.1.0", checks: { database: "ok", queue: "ok" } },
    ]);
  });
});

describe("the OpenAPI document", () => {
  it("describes every route once, with named components", async () => {
    const document: {
      openapi: string;
      paths: Record<string, Record<string, { responses: object; summary?: string }>>;
      components: { schemas: object; securitySchemes: object };
    } = await (await api("/openapi.json")).json();
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(["Job", "JobRequest", "JobSpec", "Asset", "Problem", "ApiKeyCreated", "Preset"]),
    );
    expect(document.components.securitySchemes).toHaveProperty("bearer");
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{([^}]+)\}/g, ":$1")}`),
    );
    const served = createApp()
      .routes.filter(({ method, path }) => method !== "ALL" && !/\/(openapi\.json|docs|docs\.css)$/.test(path))
      .map(({ method, path }) => `${method} ${path}`);
    expect(new Set(described)).toEqual(new Set(served));
    for (const methods of Object.values(document.paths))
      for (const operation of Object.values(methods)) expect(operation.summary).toBeTruthy();
  });
});

describe("the log", () => {
  it("holds no credential and no signature, wherever they are", () => {
    const lines: string[] = [];
    const log = createLog({ requestId: "r" }, (_, line) => lines.push(line));
    const url = "http://s3/x?X-Amz-Credential=AKIA%2F2026&X-Amz-Date=1&X-Amz-Signature=abcdef0123";
    log.error(`failed with ${admin.secret}`, {
      url,
      nested: { list: [admin.secret], headers: { authorization: "Bearer whatever" } },
      error: new Error(`Bearer ${admin.secret}`, { cause: new Error(url) }),
    });
    const [line = ""] = lines;
    expect(line).not.toContain(admin.secret.split("_").at(-2));
    expect(line).not.toMatch(/abcdef0123|AKIA|whatever/);
    expect(line).toContain(admin.secret.split("_").slice(0, 3).join("_"));
    expect(JSON.parse(line)).toMatchObject({ level: "error", requestId: "r" });
  });

  it("is one line per record, whatever the text", () => {
    const lines: string[] = [];
    createLog({}, (_, line) => lines.push(line)).info('a\r\n{"level":"error"}', { name: "\u001b]0;x\u0007" });
    expect(Array.from(lines[0] ?? "").filter((character) => character < " ")).toEqual([]);
  });
});

describe("settings", () => {
  it("that are wrong are named, all of them", () => {
    const wrong = { ...env, MAX_UPLOAD_SIZE: "much", SIGNING_SECRET: "short" };
    const parse = () => parseSettings(wrong);
    expect(parse).toThrow(ReelwayError);
    expect(parse).toThrow(/MAX_UPLOAD_SIZE.*SIGNING_SECRET/);
  });
});
