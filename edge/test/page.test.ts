import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createApp } from "../src/app.ts";
import { call } from "./support/api.ts";

const navigating = { accept: "text/html,application/xhtml+xml", "sec-fetch-mode": "navigate" };
const open = (path: string, headers: Record<string, string> = navigating) => call(path, { headers });

function directives(answer: Response): Record<string, string> {
  const policy = answer.headers.get("content-security-policy") ?? "";
  return Object.fromEntries(policy.split("; ").map((text) => [text.split(" ")[0], text.split(" ").slice(1).join(" ")]));
}

describe("the dashboard's document", () => {
  it.each(["/", "/jobs", "/jobs/job_01", "/embed/a.b.c", "/made-up/path.with.dots"])(
    "is what a person gets who opens %s",
    async (path) => {
      const answer = await open(path);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
      expect(await answer.text()).toContain("the page of the tests");
      expect(answer.headers.get("cache-control")).toBe("no-cache");
    },
  );

  it("runs its own script only, and goes nowhere but to us and to the buckets", async () => {
    const answer = await open("/jobs");
    const bucket = new URL(env.R2_S3_ENDPOINT).origin;
    expect(directives(answer)).toMatchObject({
      "default-src": "'none'",
      "script-src": "'self'",
      "style-src": "'self'",
      "connect-src": `'self' wss://reelway.test ${bucket}`,
      "media-src": `'self' blob: data: ${bucket}`,
      "worker-src": "'self' blob:",
      "base-uri": "'none'",
      "form-action": "'none'",
    });
    expect(answer.headers.get("content-security-policy")).not.toMatch(/unsafe|https:(\s|;|$)|\*\s/);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "strict-transport-security": "max-age=63072000",
      "cross-origin-opener-policy": "same-origin",
    });
  });

  it("may be framed as an embed, and nowhere else", async () => {
    expect(directives(await open("/embed/token"))["frame-ancestors"]).toBe("*");
    for (const path of [
      "/",
      "/jobs",
      "/embed",
      "/embed/",
      "/embed/token/more",
      "/jobs?next=/embed/token",
      "/x/embed/token",
    ])
      expect([path, directives(await open(path))["frame-ancestors"]]).toEqual([path, "'none'"]);
  });

  it("is not sent again to who has it, with the same headers all the same", async () => {
    const etag = (await open("/")).headers.get("etag") ?? "";
    for (const path of ["/", "/jobs"]) {
      const again = await open(path, { ...navigating, "if-none-match": etag });
      expect([path, again.status]).toEqual([path, 304]);
      expect(directives(again)["script-src"]).toBe("'self'");
    }
  });
});

describe("the dashboard's files", () => {
  it("are kept for good where their names hold their content, and asked for again where not", async () => {
    const script = await open("/assets/app-0a1b2c3d.js", {});
    expect([script.status, script.headers.get("cache-control")]).toEqual([200, "public, max-age=31536000, immutable"]);
    expect(script.headers.get("content-type")).toMatch(/javascript/);
    const icon = await open("/icon.svg", {});
    expect([icon.status, icon.headers.get("cache-control")]).toEqual([200, "no-cache"]);
    // What a picture is opened as, on its own, runs nothing.
    expect(icon.headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
  });

  it("that are not there are no document: a script of an older build says so", async () => {
    for (const [path, headers] of [
      ["/assets/app-ffffffff.js", {}],
      ["/assets/app-ffffffff.js", navigating],
      ["/nothing.png", {}],
      ["/jobs", { accept: "application/json" }],
    ] as [string, Record<string, string>][]) {
      const answer = await open(path, headers);
      expect([path, answer.status, answer.headers.get("content-type")]).toEqual([
        path,
        404,
        "application/problem+json",
      ]);
    }
    expect((await call("/jobs", { method: "POST", headers: navigating })).status).toBe(404);
  });
});

describe("what the Worker answers by itself", () => {
  it.each(["/api/v1/nothing", "/api", "/healthz/x", "/metrics/x", "/.well-known/nothing"])(
    "is never the dashboard: %s",
    async (path) => {
      const answer = await open(path);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
    },
  );
});

describe("a dashboard that was not built", () => {
  it("says how it is, and leaves the API as it is", async () => {
    const ask = (path: string) =>
      createApp().fetch(
        new Request(`https://reelway.test${path}`, { headers: navigating }),
        { ...env, ASSETS: undefined },
        createExecutionContext(),
      );
    const answer = await ask("/");
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([503, "no-store"]);
    expect(await answer.text()).toContain("make setup");
    expect((await ask("/healthz")).status).toBe(200);
  });
});
