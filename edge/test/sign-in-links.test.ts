import { env } from "cloudflare:workers";
import { limits } from "@reelway/shared/limits";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { api } from "./support/api.ts";
import { problemOf } from "./support/assets.ts";
import { newLink, signInBrowser, trySignIn } from "./support/browser.ts";
import { makeRunner } from "./support/fleet.ts";
import { bootstrapped, newKey, newTenantKey, type TestKey } from "./support/tenants.ts";
import { newUser, signIn } from "./support/users.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
afterEach(() => void vi.useRealTimers());

let tenant: TestKey;
beforeAll(async () => {
  tenant = await newTenantKey(await bootstrapped(), "linking");
});

const refused = [401, "sign_in_link_refused"];
const reasonsOf = async (code: string) => {
  const id = `lnk_${code.split("_")[2]}`;
  const { results } = await env.DB.prepare(
    "SELECT detail FROM audit_log WHERE action = 'session.refuse' AND resource = ? AND tenantId = ?",
  )
    .bind(id, tenant.tenantId)
    .all<{ detail: string }>();
  return results.map(({ detail }) => JSON.parse(detail).reason);
};

describe("a sign-in link", () => {
  it("carries its code where no server is sent it, and signs in as the very key", async () => {
    const viewer = await newKey(tenant, { name: "looks", role: "viewer" });
    const { url, code, expiresAt } = await newLink(viewer.secret);
    expect(url).toBe(`${env.PUBLIC_URL}/#/sign-in?code=${code}`);
    expect(expiresAt - Date.now()).toBeLessThanOrEqual(limits.signInLinkMs);
    const { session } = await signInBrowser({ code });
    expect(session.caller).toMatchObject({ kind: "api_key", id: viewer.id, role: "viewer" });
    const dump = JSON.stringify(await env.DB.prepare("SELECT * FROM sign_in_links").all());
    expect(dump).not.toContain(code.split("_").at(-2));
  });

  it("is good once: of fifty at once one is signed in, and the rest is told in the audit log", async () => {
    const { code } = await newLink(tenant.secret);
    const answers = await Promise.all(Array.from({ length: 50 }, () => trySignIn({ code })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200))
      expect(await problemOf(answer)).toEqual(refused);
    expect(await problemOf(await trySignIn({ code }))).toEqual(refused);
    expect((await reasonsOf(code)).at(-1)).toBe("link_used");
    const made = await env.DB.prepare(
      "SELECT count(*) AS n FROM audit_log WHERE action = 'session.create' AND detail LIKE ?",
    )
      .bind(`%lnk_${code.split("_")[2]}%`)
      .first("n");
    expect(made).toBe(1);
  });

  it("is good for minutes", async () => {
    const { code, expiresAt } = await newLink(tenant.secret);
    vi.useFakeTimers({ toFake: ["Date"], now: expiresAt });
    expect(await problemOf(await trySignIn({ code }))).toEqual(refused);
    expect(await reasonsOf(code)).toEqual(["link_expired"]);
  });

  it("is void when its key is revoked", async () => {
    const key = await newKey(tenant, { name: "goes", role: "viewer" });
    const { code } = await newLink(key.secret);
    await api(`/keys/${key.id}`, { method: "DELETE", key: tenant.secret });
    expect(await problemOf(await trySignIn({ code }))).toEqual(refused);
    expect(await reasonsOf(code)).toEqual(["link_void"]);
  });

  it("that nobody made is refused, and fills no log", async () => {
    const { code } = await newLink(tenant.secret);
    const lines = () => env.DB.prepare("SELECT count(*) AS n FROM audit_log").first("n");
    const before = await lines();
    for (const bad of ["x", `${code}0`, tenant.secret, code.replace("rwlnk", "rwweb")])
      expect(await problemOf(await trySignIn({ code: bad }))).toEqual(refused);
    expect(await lines()).toBe(before);
  });

  it("is made by a bearer alone: no cookie, no runner, nobody", async () => {
    const { ask } = await signInBrowser({ key: tenant.secret });
    expect(await problemOf(await ask("/auth/sign-in-links", { method: "POST" }))).toEqual([403, "forbidden"]);
    const runner = (await makeRunner("weur")).authorization.slice("Bearer ".length);
    expect((await api("/auth/sign-in-links", { method: "POST", key: runner })).status).toBe(403);
    expect((await api("/auth/sign-in-links", { method: "POST" })).status).toBe(401);
  });
});

describe("a link of a user", () => {
  it("signs in as them, in a session of its own that ends with the one that made it", async () => {
    const user = await newUser(tenant, "grace@example.com");
    const { accessToken, sessionId, sessionExpiresAt } = await signIn("grace@example.com");
    const { session, ask } = await signInBrowser({ code: (await newLink(accessToken)).code });
    expect(session.caller).toMatchObject({ kind: "user", id: user.id });
    expect(session.id).not.toBe(sessionId);
    expect(session.expiresAt).toBeLessThanOrEqual(sessionExpiresAt);
    expect((await ask("/auth/sessions")).status).toBe(200);
    const unused = await newLink(accessToken);
    expect((await api("/auth/logout", { method: "POST", key: accessToken })).status).toBe(204);
    expect((await ask("/auth/me")).status).toBe(401);
    expect(await problemOf(await trySignIn({ code: unused.code }))).toEqual(refused);
  });

  it("can be signed out without the session that made it", async () => {
    await newUser(tenant, "edsger@example.com");
    const { accessToken } = await signIn("edsger@example.com");
    const { ask } = await signInBrowser({ code: (await newLink(accessToken)).code });
    expect((await ask("/auth/browser-session", { method: "DELETE" })).status).toBe(204);
    expect((await ask("/auth/me")).status).toBe(401);
    expect((await api("/auth/me", { key: accessToken })).status).toBe(200);
  });
});
