import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { ApiError, NotReachableError, retryAfterMs } from "./api-error.ts";
import { createHttp, type Http, pathOf } from "./http.ts";
import { backoffMs } from "./retry.ts";
import { type ScriptedServer, startScriptedServer } from "./test/scripted-server.ts";

let server: ScriptedServer;
let http: Http;
let waits: number[];
const schema = z.object({ ok: z.boolean() });

beforeEach(async () => {
  server = await startScriptedServer();
  waits = [];
  const pacing = {
    now: () => 0,
    random: () => 1,
    sleep: async (ms: number) => {
      waits.push(ms);
    },
  };
  http = createHttp({ url: `${server.url}/`, key: server.key, pacing });
});
afterEach(() => server.close());

test("sends the key and JSON, and parses the answer by its contract", async () => {
  server.intercept = (_seen, response) => server.send(response, { ok: true, more: 1 });
  expect(await http.json({ method: "POST", path: "/jobs", body: { a: 1 }, schema })).toEqual({ ok: true });
  expect(server.seen[0]?.headers).toMatchObject({
    authorization: "Bearer rw_test_key",
    "content-type": "application/json",
  });
  expect(server.seen[0]?.path).toBe("/api/v1/jobs");
});

test("an answer that breaks the contract is an error that names the field", async () => {
  server.intercept = (_seen, response) => server.send(response, { ok: "yes" });
  await expect(http.json({ method: "GET", path: "/x", schema })).rejects.toMatchObject({
    code: "internal",
    message: expect.stringContaining("ok:"),
  });
});

test("a problem becomes an ApiError with code, request id and fields, and is not repeated", async () => {
  server.intercept = (_seen, response) => server.problem(response, "asset_not_ready", "ast_1");
  const error: unknown = await http.json({ method: "GET", path: "/x", schema }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: "asset_not_ready", status: 409, requestId: "req_test", detail: "ast_1" });
  expect(server.seen).toHaveLength(1);
});

test("an error page of something in between is told by its status", async () => {
  server.intercept = (_seen, response) => {
    response.writeHead(404, { "content-type": "text/html" }).end("<h1>nginx</h1>");
    return true;
  };
  await expect(http.json({ method: "GET", path: "/x", schema })).rejects.toMatchObject({
    code: "not_found",
    requestId: null,
  });
});

test("waits as long as Retry-After says, else with growing backoff", async () => {
  let tries = 0;
  server.intercept = (_seen, response) => {
    tries++;
    if (tries === 1) return server.problem(response, "rate_limited", undefined, { "retry-after": "7" });
    if (tries === 2) return server.problem(response, "unavailable");
    return server.send(response, { ok: true });
  };
  await http.json({ method: "GET", path: "/x", schema });
  expect(waits).toEqual([7_000, 500]);
});

test("a server that asks for too much patience gets its error reported", async () => {
  server.intercept = (_seen, response) =>
    server.problem(response, "rate_limited", undefined, { "retry-after": "3600" });
  await expect(http.json({ method: "GET", path: "/x", schema })).rejects.toMatchObject({ retryAfterMs: 3_600_000 });
  expect(server.seen).toHaveLength(1);
});

test("a POST is repeated only with an Idempotency-Key, always the same", async () => {
  server.intercept = (_seen, response) => server.problem(response, "unavailable");
  await expect(http.json({ method: "POST", path: "/x", schema })).rejects.toThrow();
  expect(server.seen).toHaveLength(1);
  await expect(http.json({ method: "POST", path: "/x", idempotencyKey: "k1", schema })).rejects.toThrow();
  expect(server.seen.slice(1).map(({ headers }) => headers["idempotency-key"])).toEqual(Array(5).fill("k1"));
});

test("a connection that is cut counts as unreachable and is tried again", async () => {
  server.intercept = (_seen, response) => Boolean(response.destroy());
  await expect(http.json({ method: "GET", path: "/x", schema })).rejects.toBeInstanceOf(NotReachableError);
  expect(server.seen).toHaveLength(5);
});

test("a try that takes too long is given up", async () => {
  server.intercept = () => true;
  const call = http.json({ method: "GET", path: "/x", schema, timeoutMs: 20, repeatable: false });
  await expect(call).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("no answer in time"),
  });
});

test("an abort ends the call with the caller's reason", async () => {
  const controller = new AbortController();
  server.intercept = () => {
    controller.abort(new Error("enough"));
    return true;
  };
  await expect(http.json({ method: "GET", path: "/x", schema, signal: controller.signal })).rejects.toThrow("enough");
});

test("pure parts", () => {
  expect(pathOf`/jobs/${"../keys"}/status`).toBe("/jobs/..%2Fkeys/status");
  expect(retryAfterMs("Thu, 01 Jan 1970 00:00:09 GMT", 4_000)).toBe(5_000);
  expect(retryAfterMs("soon", 0)).toBeNull();
  const policy = { retries: 9, baseMs: 100, maxMs: 1_000 };
  expect([0, 1, 9].map((retry) => backoffMs(retry, policy, () => 0))).toEqual([50, 100, 500]);
});
