import { gzipSync } from "node:zlib";
import { Validator } from "@cfworker/json-schema";
import { createClient } from "@reelway/shared/client/client";
import { createRunnerClient } from "@reelway/shared/client/runner-client";
import { Validator as DocumentValidator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { clientOperations } from "./client-operations.ts";

const Media = z.looseObject({ schema: z.record(z.string(), z.unknown()).optional(), example: z.unknown().optional() });
const Answer = z.looseObject({ $ref: z.string().optional(), content: z.record(z.string(), Media).optional() });
const Operation = z.looseObject({
  operationId: z.string(),
  summary: z.string().min(3),
  tags: z.array(z.string()).length(1),
  security: z.array(z.unknown()).optional(),
  requestBody: z.looseObject({ content: z.record(z.string(), Media) }).optional(),
  parameters: z
    .array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().optional(), schema: z.unknown() }))
    .optional(),
  responses: z.record(z.string(), Answer),
});
const Document = z.looseObject({
  openapi: z.literal("3.1.0"),
  tags: z.array(z.object({ name: z.string(), description: z.string().min(10) })),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
});

const Served = z.record(z.string(), z.unknown());

vi.setConfig({ testTimeout: 60_000 });

let stack: TestStack;
let document: z.infer<typeof Document>;
let operations: { name: string; method: string; path: string; operation: z.infer<typeof Operation> }[];

beforeAll(async () => {
  stack = await startTestStack();
  const served = Served.parse(await (await fetch(`${stack.url}/api/v1/openapi.json`)).json());
  const checked = await new DocumentValidator().validate(structuredClone(served));
  if (!checked.valid) throw new Error(`not valid OpenAPI: ${JSON.stringify(checked.errors).slice(0, 2_000)}`);
  document = Document.parse(served);
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}, 120_000);

afterAll(async () => await stack.stop(), 60_000);

describe("every operation", () => {
  test("has a name of its own, one known tag, and errors that are named", () => {
    expect(operations.length).toBeGreaterThan(45);
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z][A-Za-z0-9]{3,40}$/.test(id))).toEqual([]);
    const used = new Set(operations.flatMap(({ operation }) => operation.tags));
    expect([...used].sort()).toEqual(document.tags.map(({ name }) => name).sort());
    for (const { name, operation } of operations) {
      expect({ name, default: operation.responses.default }).toEqual({ name, default: undefined });
      const statuses = Object.keys(operation.responses);
      const wanted = ["429", "500", "503", ...(operation.security ? ["401", "403"] : [])];
      expect({ name, missing: wanted.filter((status) => !statuses.includes(status)) }).toEqual({ name, missing: [] });
    }
  });

  test("shows what it takes and gives, by examples that pass their schemas", () => {
    const wrong: string[] = [];
    for (const { name, operation } of operations)
      for (const [where, content] of [
        ["request", operation.requestBody?.content] as const,
        ...Object.entries(operation.responses).map(([status, { content }]) => [status, content] as const),
      ]) {
        const media = content?.["application/json"];
        if (media?.schema === undefined) continue;
        const schema = { ...media.schema, components: document.components };
        const { valid, errors } = new Validator(schema, "2020-12").validate(media.example);
        if (!valid) wrong.push(`${name} ${where}: ${errors.at(-1)?.instanceLocation} ${errors.at(-1)?.error}`);
      }
    expect(wrong).toEqual([]);
  });

  test("takes its own example: none is refused as invalid", async () => {
    const refused: string[] = [];
    for (const { name, method, path, operation } of operations) {
      const media = operation.requestBody?.content["application/json"];
      if (media === undefined) continue;
      const answer = await fetch(`${stack.url}${filled(path)}`, {
        method,
        headers: { authorization: `Bearer ${stack.key}`, "content-type": "application/json" },
        body: JSON.stringify(media.example),
      });
      const text = await answer.text();
      if (/"code":"(invalid_request|malformed_json)"/.test(text)) refused.push(`${name}: ${text.slice(0, 400)}`);
    }
    expect(refused).toEqual([]);
  });
});

test("no schema is written twice", () => {
  const texts = Object.entries(document.components.schemas).map(([name, schema]) => ({
    name,
    text: JSON.stringify(schema),
  }));
  const twice = texts.filter(({ text }, index) => texts.findIndex((other) => other.text === text) !== index);
  expect(twice.map(({ name }) => name)).toEqual([]);
  const objects = texts.filter(({ text }) => text.includes('"properties"') && text.length > 150);
  const whole = JSON.stringify(document.paths);
  expect(objects.filter(({ text }) => whole.includes(text)).map(({ name }) => name)).toEqual([]);
});

test("the client and the document agree: each operation has one method, and no method names another", async () => {
  const found = await clientOperations(
    (fetchIt) => createClient({ url: "http://client.test", key: "k", fetch: fetchIt, retry: noRetry }),
    (fetchIt) =>
      createRunnerClient({ url: "http://client.test", credential: () => "k", fetch: fetchIt, retry: noRetry }),
  );
  const templates = operations.map(({ name, path, method }) => ({ name, method, pattern: patternOf(path), path }));
  const operationOf = (call: string) => {
    const [method = "", path = ""] = call.split(" ");
    const fitting = templates.filter((one) => one.method === method && one.pattern.test(path));
    return (fitting.find((one) => one.path === path) ?? fitting[0])?.name ?? `not in the document: ${call}`;
  };
  const methodsOf = new Map<string, string[]>();
  for (const { method, calls } of found)
    for (const call of calls) {
      const operation = operationOf(call);
      methodsOf.set(operation, [...(methodsOf.get(operation) ?? []), method]);
    }
  const unknown = [...methodsOf.keys()].filter((name) => name.startsWith("not in"));
  const missing = operations.map(({ name }) => name).filter((name) => !methodsOf.has(name) && !withoutClient.has(name));
  const twice = [...methodsOf].filter(
    ([name, methods]) => methods.length > 1 && String(methods.toSorted()) !== String(severalMethods[name]),
  );
  expect({ unknown, missing, twice }).toEqual({ unknown: [], missing: [], twice: [] });
});

test("the reference page names every operation and runs no script", async () => {
  const answer = await fetch(`${stack.url}/api/v1/docs`);
  const page = await answer.text();
  const unnamed = operations.filter(({ operation }) => !page.includes(`id="${operation.operationId}"`));
  expect(unnamed.map(({ name }) => name)).toEqual([]);
  expect(gzipSync(page).length).toBeLessThan(PAGE_AT_MOST);
  expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
  expect(/<script|javascript:|https?:\/\/[^"]*\.(js|css)/.test(page)).toBe(false);
});

/** Compressed bytes of the reference page: a person on a phone waits for them. */
const PAGE_AT_MOST = 100_000;

const noRetry = { retries: 0, baseMs: 1, maxMs: 1 };

/** Not for the client: probes, keys for verifiers, and what a browser or a WebSocket asks for. */
const withoutClient = new Set([
  "GET /healthz",
  "GET /readyz",
  "GET /api/health",
  "GET /metrics",
  "GET /api/metrics",
  "GET /.well-known/jwks.json",
  "GET /api/v1/runner/doorbell",
  // The client sends lists.
  "POST /api/v1/dead-letters/{id}/replay",
  "POST /api/v1/dead-letters/{id}/discard",
  // For players, which are given URLs.
  "GET /api/v1/play/{token}/clip.m3u8",
  "GET /api/v1/play/{token}/thumbnail.jpg",
  "GET /api/v1/play/{token}/{file}",
  "GET /api/v1/play/{token}/{folder}/clip.m3u8",
  "GET /api/v1/play/{token}/{folder}/{file}",
  // For players and browsers; programs take the presigned links of `outputs`.
  "GET /api/v1/jobs/{id}/download",
  "GET /api/v1/jobs/{id}/stream",
  "GET /api/v1/jobs/{id}/metadata",
  "GET /api/v1/jobs/{id}/thumbnail",
]);

/**
 * One operation, two ways to mean it: bytes that the caller has, or a file that Reelway fetches; an upload that goes on, or how
 * far it is.
 */
const severalMethods: Readonly<Record<string, readonly string[]>> = {
  "POST /api/v1/assets": ["assets.fetch", "assets.upload"],
  "GET /api/v1/assets/{id}/upload": ["assets.upload", "assets.uploadedBytes"],
};

const ulid = "01k9zq3v7m5n8r2t4w6x8y0abc";

/** The path with values of the right form for its parameters. */
function filled(path: string): string {
  const kinds: Record<string, string> = { assets: "ast", jobs: "job", keys: "key", runners: "run", users: "usr" };
  return path.replace(/\/([a-z-]+)\/\{([A-Za-z]+)\}/g, (_, resource: string) => {
    const kind = kinds[resource] ?? "ten";
    const regional = ["ast", "job", "run"].includes(kind) ? "_weur" : "";
    return `/${resource}/${kind}_${ulid}${regional}`;
  });
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`);
}
