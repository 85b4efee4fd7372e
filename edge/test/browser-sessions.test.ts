import { env } from "cloudflare:workers";
import { BrowserSession } from "@reelway/shared/contracts/browser-session";
import { limits } from "@reelway/shared/limits";
import { permissionTable } from "@reelway/shared/permissions";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { auditOfSystem } from "../src/audit/audit-entry.ts";
import { handleScheduled } from "../src/queues/sweep.ts";
import { settingsOf } from "../src/settings.ts";
import { revokeApiKey } from "../src/store/api-keys.ts";
import { revokeBrowserSession } from "../src/store/browser-sessions.ts";
import { changeUser } from "../src/store/users.ts";
import { api } from "./support/api.ts";
import { problemOf } from "./support/assets.ts";
import { cookieOf, fromPage, signInBrowser, trySignIn } from "./support/browser.ts";
import { bootstrapped, newKey, newTenantKey, type TestKey } from "./support/tenants.ts";
import { newUser, password, signIn } from "./support/users.ts";

// Every password costs its memory and time, on whatever else the machine does.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
afterEach(() => void vi.useRealTimers());

let tenant: TestKey;
beforeAll(async () => {
  tenant = await newTenantKey(await bootstrapped(), "browsing");
});

const later = (ms: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
const auditCount = (action: string, resource: string, actorId: string) =>
  env.DB.prepare("SELECT count(*) AS n FROM audit_log WHERE action = ? AND resource = ? AND actorId = ?")
    .bind(action, resource, actorId)
    .first<number>("n");

describe("a browser that signs in with an API key", () => {
  it("gets a cookie that script can't read and other sites don't send, and acts as the key", async () => {
    const answer = await trySignIn({ key: tenant.secret });
    const [text = ""] = answer.headers.getSetCookie();
    expect(text).toMatch(
      /^__Host-reelway_session=rwweb_local_[a-z0-9]{26}_[A-Za-z0-9]{43}_[0-9a-f]{8}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const session = BrowserSession.parse(await answer.json());
    expect(session).toMatchObject({
      caller: { kind: "api_key", id: tenant.id, tenantId: tenant.tenantId, role: "admin", email: null },
      expiresAt: session.createdAt + 7 * 86_400_000,
      idleTimeoutMs: 12 * 3_600_000,
    });
    const keys = await api("/keys", { headers: { cookie: cookieOf(answer) } });
    expect(keys.status).toBe(200);
    expect(keys.headers.get("cache-control")).toBe("no-store");
    expect(keys.headers.get("vary")).toContain("Cookie");
    expect(await auditCount("session.create", session.id, tenant.id)).toBe(1);
  });

  it("keeps neither the key nor what proves the cookie in the store", async () => {
    const { cookie } = await signInBrowser({ key: tenant.secret });
    const dump = JSON.stringify(await env.DB.prepare("SELECT * FROM sessions").all());
    for (const text of [cookie, tenant.secret]) expect(dump).not.toContain(text.split("_").at(-2));
    expect(cookie).not.toContain(tenant.secret.split("_").at(-2));
  });

  it("may do what the key may, no more", async () => {
    const { secret } = await newKey(tenant, { name: "looks", role: "viewer" });
    const { session, ask } = await signInBrowser({ key: secret });
    expect(session.caller.permissions).toEqual(permissionTable.viewer);
    expect((await ask("/jobs")).status).toBe(200);
    expect(await problemOf(await ask("/keys"))).toEqual([403, "forbidden"]);
    const made = await ask("/jobs", { method: "POST", body: { assetId: "x", preset: "y" } });
    expect(await problemOf(made)).toEqual([403, "forbidden"]);
  });

  it("is refused with any other credential, or a key that is none", async () => {
    await newUser(tenant, "no-key@example.com");
    const { refreshToken } = await signIn("no-key@example.com");
    const { cookie } = await signInBrowser({ key: tenant.secret });
    const bad = [refreshToken, cookie.split("=")[1] ?? "", `${tenant.secret}0`, "rw_local_x", "  "];
    for (const key of bad) expect(await problemOf(await trySignIn({ key }))).toEqual([401, "unauthenticated"]);
    for (const body of [{}, { key: 7 }, { key: tenant.secret, code: "x" }, { email: "a@example.com" }])
      expect((await trySignIn(body)).status).toBe(422);
  });

  it("is signed out by the key's end: at once here, within 30 seconds elsewhere", async () => {
    const key = await newKey(tenant, { name: "goes", role: "viewer" });
    const { ask } = await signInBrowser({ key: key.secret });
    expect((await ask("/jobs")).status).toBe(200);
    await api(`/keys/${key.id}`, { method: "DELETE", key: tenant.secret });
    expect((await ask("/jobs")).status).toBe(401);

    const other = await newKey(tenant, { name: "goes elsewhere", role: "viewer" });
    const { ask: askHere } = await signInBrowser({ key: other.secret });
    expect((await askHere("/jobs")).status).toBe(200);
    const audit = auditOfSystem({ action: "key.revoke", resource: other.id, tenantId: tenant.tenantId });
    expect(await revokeApiKey(env, tenant.tenantId, other.id, Date.now(), audit)).toBe("revoked");
    // What this isolate has read counts until then: it has not heard of what another one did.
    expect((await askHere("/jobs")).status).toBe(200);
    later(30_001);
    expect((await askHere("/jobs")).status).toBe(401);
  });

  it("is signed out when the key expires", async () => {
    const expiresAt = Date.now() + 3_600_000;
    const body = { name: "an hour", role: "viewer", expiresAt };
    const made = await api("/keys", { method: "POST", key: tenant.secret, body });
    const { secret } = await made.json<{ secret: string }>();
    const { session, ask } = await signInBrowser({ key: secret });
    expect(session.expiresAt).toBe(expiresAt);
    expect((await ask("/jobs")).status).toBe(200);
    later(3_600_001);
    expect((await ask("/jobs")).status).toBe(401);
  });
});

describe("a browser that signs in with a password", () => {
  it("acts as the user, and is one of their sessions", async () => {
    const user = await newUser(tenant, "ada@example.com");
    const { session, ask } = await signInBrowser({ email: " ADA@example.com", password });
    expect(session.caller).toMatchObject({ kind: "user", id: user.id, email: "ada@example.com", role: "member" });
    const { accessToken } = await signIn("ada@example.com");
    const listed = await (await ask("/auth/sessions")).json<{ items: object[] }>();
    expect(listed.items).toMatchObject([
      { browser: false, current: false },
      { id: session.id, browser: true, current: true },
    ]);
    expect((await api(`/auth/sessions/${session.id}`, { method: "DELETE", key: accessToken })).status).toBe(204);
    expect((await ask("/auth/browser-session")).status).toBe(401);
  });

  it("is refused like a login: by the same limits, with the same line in the audit log", async () => {
    const user = await newUser(tenant, "guessed@example.com");
    const here = { ...fromPage, "cf-connecting-ip": "198.51.100.7" };
    const tried = { email: "guessed@example.com", password: "not the password at all" };
    for (let n = 0; n < limits.loginsPerAccountAndAddress; n++)
      expect(await problemOf(await trySignIn(tried, here))).toEqual([401, "login_refused"]);
    expect(await problemOf(await trySignIn({ ...tried, password }, here))).toEqual([429, "rate_limited"]);
    const refused = await env.DB.prepare("SELECT count(*) AS n FROM audit_log WHERE action = ? AND resource = ?")
      .bind("session.refuse", user.id)
      .first("n");
    expect(refused).toBe(limits.loginsPerAccountAndAddress);
  });

  it.each([
    ["a new password", (id: string, key: string) => changePassword(id, key)],
    ["a new role", (id: string) => patch(id, { role: "viewer" })],
    ["being disabled", (id: string) => patch(id, { disabled: true })],
    ["the end of all sessions", (_: string, key: string) => api("/auth/sessions", { method: "DELETE", key })],
  ])("is signed out by %s", async (what, happens) => {
    const email = `${what.replaceAll(" ", "-")}@example.com`;
    const user = await newUser(tenant, email);
    const { ask } = await signInBrowser({ email, password });
    const { accessToken } = await signIn(email);
    expect((await ask("/auth/me")).status).toBe(200);
    expect((await happens(user.id, accessToken)).status).toBeLessThan(300);
    expect((await ask("/auth/me")).status).toBe(401);
  });

  it("is signed out within 30 seconds by what another isolate did", async () => {
    const user = await newUser(tenant, "elsewhere@example.com");
    const { ask } = await signInBrowser({ email: user.email, password });
    expect((await ask("/auth/me")).status).toBe(200);
    const change = { role: "viewer", within: ["member", "viewer"], now: Date.now() } as const;
    expect((await changeUser(env, tenant.tenantId, user.id, change, [])).changed).toBe(true);
    expect((await ask("/auth/me")).status).toBe(200);
    later(30_001);
    expect((await ask("/auth/me")).status).toBe(401);
  });

  it("stays signed in when it changes the password itself", async () => {
    await newUser(tenant, "changes@example.com");
    const { ask } = await signInBrowser({ email: "changes@example.com", password });
    const body = { currentPassword: password, newPassword: "another battery staple" };
    expect((await ask("/auth/password", { method: "POST", body })).status).toBe(204);
    expect((await ask("/auth/me")).status).toBe(200);
  });
});

const patch = (id: string, body: object) => api(`/users/${id}`, { method: "PATCH", key: tenant.secret, body });
const changePassword = (_: string, key: string) =>
  api("/auth/password", {
    method: "POST",
    key,
    body: { currentPassword: password, newPassword: "another battery staple" },
  });

describe("a browser's session", () => {
  it("ends by signing out, cookie and all; a second time changes nothing", async () => {
    const { session, ask } = await signInBrowser({ key: tenant.secret });
    const out = await ask("/auth/browser-session", { method: "DELETE" });
    expect(out.status).toBe(204);
    expect(out.headers.getSetCookie()).toEqual([
      "__Host-reelway_session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict",
    ]);
    expect(await problemOf(await ask("/auth/browser-session", { method: "DELETE" }))).toEqual([401, "unauthenticated"]);
    expect(await auditCount("session.revoke", session.id, tenant.id)).toBe(1);
  });

  it("that was signed out in another isolate is over in this one within 30 seconds", async () => {
    const { session, ask } = await signInBrowser({ key: tenant.secret });
    expect((await ask("/jobs")).status).toBe(200);
    const audit = auditOfSystem({ action: "session.revoke", resource: session.id, tenantId: tenant.tenantId });
    await revokeBrowserSession(env, session.id, Date.now(), audit);
    later(30_001);
    expect((await ask("/jobs")).status).toBe(401);
  });

  it("ends when nobody uses it, and goes on while somebody does", async () => {
    const { ask } = await signInBrowser({ key: tenant.secret });
    const { browserSessionIdleMs } = settingsOf(env);
    later(browserSessionIdleMs - 1_000);
    expect((await ask("/jobs")).status).toBe(200);
    const noted = () => env.DB.prepare("SELECT max(refreshedAt) AS at FROM sessions").first<number>("at");
    await expect.poll(noted).toBe(Date.now());
    later(browserSessionIdleMs - 1_000);
    expect((await ask("/jobs")).status).toBe(200);
    await expect.poll(noted).toBe(Date.now());
    later(browserSessionIdleMs + 1);
    expect((await ask("/jobs")).status).toBe(401);
  });

  it("ends after its time, however much it is used, and is forgotten then", async () => {
    const { session, ask } = await signInBrowser({ key: tenant.secret });
    await env.DB.prepare("UPDATE sessions SET refreshedAt = ? WHERE id = ?").bind(session.expiresAt, session.id).run();
    // So far before it that a busy machine does not come to it meanwhile.
    later(session.expiresAt - Date.now() - 60_000);
    expect((await ask("/jobs")).status).toBe(200);
    later(60_000);
    expect((await ask("/jobs")).status).toBe(401);
    await handleScheduled(env);
    expect(await env.DB.prepare("SELECT 1 FROM sessions WHERE id = ?").bind(session.id).first()).toBeNull();
  });

  it("tells who is signed in, and is nothing for a bearer", async () => {
    const { session, ask } = await signInBrowser({ key: tenant.secret });
    expect(await (await ask("/auth/browser-session")).json()).toEqual(session);
    const asked = await api("/auth/browser-session", { key: tenant.secret });
    expect(await problemOf(asked)).toEqual([403, "forbidden"]);
  });
});
