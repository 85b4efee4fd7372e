import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { api, ORIGIN } from "./support/api.ts";
import { problemOf } from "./support/assets.ts";
import { cookieOf, fromPage, signInBrowser, trySignIn } from "./support/browser.ts";
import { seedJob } from "./support/fleet.ts";
import { bootstrapped, newKey, newTenantKey, type TestKey } from "./support/tenants.ts";

let admin: TestKey;
let tenant: TestKey;
let cookie: string;
beforeAll(async () => {
  admin = await bootstrapped();
  tenant = await newTenantKey(admin, "browsing");
  ({ cookie } = await signInBrowser({ key: tenant.secret }));
});

const csrf = { "x-reelway-csrf": "1" };
const change = (headers: Record<string, string>) =>
  api("/webhooks", { method: "POST", body: { url: "https://hooks.example.com/a" }, headers: { cookie, ...headers } });

describe("whatever changes something by a cookie", () => {
  it("is done for our own page", async () => {
    expect((await change(fromPage)).status).toBe(201);
    expect((await change({ ...fromPage, "sec-fetch-site": "same-origin" })).status).toBe(201);
    // Where a browser sends no Origin, it says as much by its fetch metadata.
    expect((await change({ ...csrf, "sec-fetch-site": "same-origin" })).status).toBe(201);
  });

  it.each([
    ["without the header", { origin: ORIGIN }],
    ["with another value of it", { origin: ORIGIN, "x-reelway-csrf": "true" }],
    ["from another site", { ...csrf, origin: "https://evil.example" }],
    ["from a host that begins like ours", { ...csrf, origin: `${ORIGIN}.evil.example` }],
    ["from a host that ends like ours", { ...csrf, origin: "https://evil-reelway.test" }],
    ["from a host below ours", { ...csrf, origin: "https://x.reelway.test" }],
    ["over plain http", { ...csrf, origin: "http://reelway.test" }],
    ["from another port", { ...csrf, origin: "https://reelway.test:8443" }],
    ["from a sandbox", { ...csrf, origin: "null" }],
    ["from nowhere", csrf],
    ["from a sibling site, without an Origin", { ...csrf, "sec-fetch-site": "same-site" }],
    ["from elsewhere, whatever the Origin says", { ...fromPage, "sec-fetch-site": "cross-site" }],
  ] as [string, Record<string, string>][])("is refused %s", async (_, headers) => {
    const before = await (await api("/webhooks", { headers: { cookie } })).text();
    const refused = await change(headers);
    expect(await problemOf(refused)).toEqual([403, "cross_site_request"]);
    expect(refused.headers.get("access-control-allow-origin")).toBeNull();
    expect(await (await api("/webhooks", { headers: { cookie } })).text()).toBe(before);
  });

  it("is refused for a form, in any of the types that a form can send", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
      const headers = { cookie, origin: "https://evil.example", "content-type": type };
      const sent = await api("/webhooks", { method: "POST", body: '{"url":"https://evil.example"}', headers });
      expect(await problemOf(sent)).toEqual([403, "cross_site_request"]);
    }
  });

  it("holds for signing in too: nobody is signed in to a stranger's account", async () => {
    const cases = [{}, csrf, { origin: ORIGIN }, { ...csrf, origin: "https://evil.example" }];
    for (const headers of cases) {
      const refused = await trySignIn({ key: tenant.secret }, headers);
      expect(refused.headers.getSetCookie()).toEqual([]);
      expect(await problemOf(refused)).toEqual([403, "cross_site_request"]);
    }
  });
});

describe("a request with a bearer and a cookie", () => {
  it("is the bearer's alone, needs nothing of the page, and is not the cookie's where the bearer is bad", async () => {
    const viewer = await newKey(tenant, { name: "looks", role: "viewer" });
    const me = await api("/auth/me", { key: viewer.secret, headers: { cookie } });
    expect(await me.json()).toMatchObject({ id: viewer.id, role: "viewer" });
    expect(me.headers.get("vary") ?? "").not.toContain("Cookie");
    const made = await api("/webhooks", {
      method: "POST",
      key: viewer.secret,
      headers: { cookie, ...fromPage },
      body: { url: "https://hooks.example.com/b" },
    });
    expect(await problemOf(made)).toEqual([403, "forbidden"]);
    expect((await api("/jobs", { key: `${tenant.secret}0`, headers: { cookie, ...fromPage } })).status).toBe(401);
    const plain = { method: "POST", key: tenant.secret, headers: { cookie }, body: { url: "https://h.example.com" } };
    expect((await api("/webhooks", plain)).status).toBe(201);
  });

  it("is the cookie's where Authorization is of another scheme, as a proxy's is", async () => {
    expect((await api("/jobs", { headers: { cookie, authorization: "Basic eDp5" } })).status).toBe(200);
  });

  it("takes neither's credential in the other's place", async () => {
    const [name = "", text = ""] = cookie.split("=");
    expect((await api("/jobs", { key: text })).status).toBe(401);
    expect((await api("/jobs", { headers: { cookie } })).status).toBe(200);
    expect((await api("/jobs", { key: text })).status).toBe(401);
    expect((await api("/jobs", { headers: { cookie: `${name}=${tenant.secret}` } })).status).toBe(401);
  });
});

describe("the cookie's name", () => {
  const local = "http://127.0.0.1:4321";
  const fromLocal = { ...csrf, origin: local };

  it("has no prefix where there is no TLS, and only there", async () => {
    const answer = await trySignIn({ key: tenant.secret }, fromLocal, local);
    const [text = ""] = answer.headers.getSetCookie();
    expect(text).toMatch(/^reelway_session=rwweb_/);
    expect(text).not.toContain("Secure");
    const [, value = ""] = cookieOf(answer).split("=");
    const status = async (named: string, origin: string) =>
      (await api("/jobs", { origin, headers: { cookie: named } })).status;
    expect(await status(`reelway_session=${value}`, local)).toBe(200);
    expect(await status(`reelway_session=${value}`, ORIGIN)).toBe(401);
    expect(await status(`__Host-reelway_session=${value}`, local)).toBe(401);
    expect(await status(`reelway_session=${value}; __Host-reelway_session=nothing`, ORIGIN)).toBe(401);
  });

  it("is given over plain http to this machine alone, and where PUBLIC_URL says so", async () => {
    for (const origin of ["http://localhost:4321", "http://[::1]:4321", "http://127.0.0.2", env.PUBLIC_URL])
      expect((await trySignIn({ key: tenant.secret }, { ...csrf, origin }, origin)).status).toBe(200);
    for (const origin of ["http://nas.example", "http://192.168.1.5:8787", "http://127.0.0.1.evil.example"]) {
      const refused = await trySignIn({ key: tenant.secret }, { ...csrf, origin }, origin);
      expect(await problemOf(refused)).toEqual([403, "https_required"]);
    }
  });
});

describe("a WebSocket by a cookie", () => {
  const open = async (headers: Record<string, string>) => {
    const { job } = await seedJob("weur", { tenantId: tenant.tenantId });
    return api(`/jobs/${job.id}/events`, { headers: { upgrade: "websocket", cookie, ...headers } });
  };

  it("is opened by our own page", async () => {
    const answer = await open({ origin: ORIGIN });
    expect(answer.status).toBe(101);
    answer.webSocket?.accept();
    answer.webSocket?.close();
  });

  it.each([{}, { origin: "https://evil.example" }, { origin: "null" }, { origin: "http://reelway.test" }] as Record<
    string,
    string
  >[])("is refused with %j", async (headers) => {
    expect(await problemOf(await open(headers))).toEqual([403, "cross_site_request"]);
  });
});

describe("CORS", () => {
  it("never lets a page send a cookie along, nor the page's own header", async () => {
    for (const path of ["/auth/browser-session", "/jobs", "/auth/me"]) {
      const preflight = await api(path, {
        method: "OPTIONS",
        headers: {
          origin: "https://app.example.com",
          "access-control-request-method": "POST",
          "access-control-request-headers": "x-reelway-csrf",
        },
      });
      expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
      expect(preflight.headers.get("access-control-allow-headers") ?? "").not.toContain("csrf");
    }
  });
});
