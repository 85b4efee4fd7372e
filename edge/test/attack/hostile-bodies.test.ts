import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Problem } from "@reelway/shared/errors/problem";
import { limits } from "@reelway/shared/limits";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { api } from "../support/api.ts";
import { readyAsset } from "../support/assets.ts";
import { makeRunner } from "../support/fleet.ts";
import { type ServedOperation, servedOperations } from "../support/operations.ts";
import { bootstrapped, type TestKey } from "../support/tenants.ts";
import { somewhere } from "../support/users.ts";

const app = createApp();
let admin: TestKey;
let runner: string;
let takeBodies: ServedOperation[];
beforeAll(async () => {
  admin = await bootstrapped();
  runner = (await makeRunner("weur")).authorization;
  takeBodies = (await servedOperations()).filter(({ hasBody }) => hasBody);
});

/** What no schema takes, and what would get at an object's prototype where one is merged by hand. */
const hostile: readonly string[] = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"prototype":{"polluted":true},"hasOwnProperty":1,"toString":null,"valueOf":{},"toJSON":{}}',
  '[{"__proto__":{"polluted":true}}]',
  '{"name":{"__proto__":{"polluted":true}},"spec":{"__proto__":{"polluted":true}},"overrides":{"__proto__":{"polluted":true}}}',
  "null",
  "true",
  "1e400",
  '"\\ud800"',
  "[[[[[[[[[[]]]]]]]]]]",
  '{"length":-1}',
];

describe("every operation that takes a body", () => {
  it("refuses what it can't mean, and no object learns of it", async () => {
    expect(takeBodies.length).toBeGreaterThan(35);
    for (const { method, path, permission } of takeBodies) {
      const filled = path.replace(/\{[^}]+\}/g, "01arz3ndektsv4rrffq69g5fav");
      const authorization = permission === "work:lease" ? runner : `Bearer ${admin.secret}`;
      const headers = { authorization, "content-type": "application/json", ...somewhere() };
      for (const body of hostile) {
        const request = new Request(`https://reelway.test${filled}`, { method, headers, body });
        const answer = await app.fetch(request, env, createExecutionContext());
        const { code } = Problem.parse(await answer.json());
        expect([method, path, body, answer.status >= 400 && answer.status < 500, code]).toEqual([
          method,
          path,
          body,
          true,
          code,
        ]);
      }
    }
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(Reflect.get(Object, "polluted")).toBeUndefined();
  });
});

describe("names that objects have of their own", () => {
  it("are plain names in metadata, labels and queries", async () => {
    const { id: assetId } = await readyAsset(admin);
    const metadata = '{"__proto__":"a","constructor":"b","toString":"c"}';
    const body = `{"assetId":"${assetId}","preset":"mp4-h264","startAt":${Date.now() + 3_600_000},"tags":["constructor"],"metadata":${metadata}}`;
    const made = await api("/jobs", { method: "POST", key: admin.secret, body });
    expect(made.status).toBe(201);
    expect(await made.text()).toContain('"constructor":"b","toString":"c"');
    for (const query of [
      "__proto__[polluted]=1",
      "constructor.prototype.polluted=1",
      "tag=__proto__",
      "preset=constructor",
      "state=__proto__",
    ])
      expect((await api(`/jobs?${query}`, { key: admin.secret })).status).toBeLessThan(500);
    for (const preset of ["__proto__", "constructor", "toString"])
      expect([
        preset,
        (await api("/jobs", { method: "POST", key: admin.secret, body: { assetId, preset } })).status,
      ]).toEqual([preset, 422]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("a refusal", () => {
  it.each([
    ["20,000 unknown fields", () => `{${Array.from({ length: 20_000 }, (_, at) => `"${at}":1`).join()}}`],
    ["40,000 wrong tags", () => `{"preset":"mp4-h264","tags":[${Array.from({ length: 40_000 }, () => '""').join()}]}`],
    [
      "20,000 wrong entries of metadata",
      () => `{"preset":"mp4-h264","metadata":{${Array.from({ length: 20_000 }, (_, at) => `"${at} ":1`).join()}}}`,
    ],
  ])("of %s names some of them, and is no larger than what was sent", async (_, make) => {
    const body = make();
    expect(body.length).toBeLessThan(limits.requestBodyBytes);
    const answer = await api("/jobs", { method: "POST", key: admin.secret, body });
    const text = await answer.text();
    const { errors = [] } = Problem.parse(JSON.parse(text));
    expect([answer.status, errors.length > 0, errors.length <= limits.fieldErrors]).toEqual([422, true, true]);
    expect(text.length).toBeLessThan(32_000);
  });
});
