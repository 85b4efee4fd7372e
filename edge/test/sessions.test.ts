import { env } from "cloudflare:workers";
import { SessionTokens } from "@reelway/shared/contracts/session";
import { limits } from "@reelway/shared/limits";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { forgetCredential } from "../src/auth/holders.ts";
import { hashPassword, isOutdated, verifyPassword } from "../src/auth/password.ts";
import { firstRefreshToken } from "../src/auth/refresh-token.ts";
import { settingsOf } from "../src/settings.ts";
import { api } from "./support/api.ts";
import { problemOf } from "./support/assets.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";
import { newUser, password, refresh, signIn, somewhere, tryLogin } from "./support/users.ts";

// Every password costs its memory and time, on whatever else the machine does.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let tenant: TestKey;

beforeAll(async () => {
  tenant = await newTenantKey(await bootstrapped(), "one");
});

const auditCount = (action: string, resource: string) =>
  env.DB.prepare("SELECT count(*) AS n FROM audit_log WHERE action = ? AND resource = ?")
    .bind(action, resource)
    .first<number>("n");

describe("a password", () => {
  it("is stored as scrypt with its parameters, and verified by them", async () => {
    const stored = await hashPassword(password);
    expect(stored).toMatch(/^scrypt\$15\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(await hashPassword(password)).not.toBe(stored);
    expect(await verifyPassword(password, stored)).toBe(true);
    expect(await verifyPassword(`${password} `, stored)).toBe(false);
    for (const junk of ["", "scrypt$15$8$3$$", stored.replace("$15$", "$14$"), stored.replace("$15$", "$31$")])
      expect(await verifyPassword(password, junk)).toBe(false);
  });

  it("is the same however a keyboard composes it", async () => {
    expect(await verifyPassword("cafe\u0301 au lait, bitte", await hashPassword("café au lait, bitte"))).toBe(true);
  });

  it("of an older cost is hashed anew at the next login", async () => {
    const user = await newUser(tenant, "upgrade@example.com");
    // RFC 7914 by another implementation: python3 hashlib.scrypt(password, salt=b'0123456789abcdef', n=2**14, r=8, p=1, dklen=32).
    const old = "scrypt$14$8$1$MDEyMzQ1Njc4OWFiY2RlZg$tjK03tRvEjqCcPwmgtddMkgjlXrk8U_b9rIvfeBMKCc";
    expect(isOutdated(old)).toBe(true);
    await env.DB.prepare("UPDATE users SET passwordHash = ? WHERE id = ?").bind(old, user.id).run();
    const { accessToken } = await signIn("upgrade@example.com");
    const stored = await env.DB.prepare("SELECT passwordHash FROM users WHERE id = ?")
      .bind(user.id)
      .first<string>("passwordHash");
    expect(isOutdated(stored ?? "")).toBe(false);
    expect((await api("/auth/me", { key: accessToken })).status).toBe(200);
    expect((await tryLogin("upgrade@example.com")).status).toBe(200);
  });

  it("must be long enough, and not endless", async () => {
    for (const bad of ["short", "x".repeat(257), 12]) {
      const body = { token: "t", name: "n", password: bad };
      expect((await api("/invitations/accept", { method: "POST", body, headers: somewhere() })).status).toBe(422);
    }
  });
});

describe("a login", () => {
  it("gives tokens by which the user acts, in any spelling of the address", async () => {
    const user = await newUser(tenant, "ada@example.com", "admin");
    const tokens = await signIn(" ADA@Example.COM ");
    expect(tokens.user).toMatchObject({ id: user.id, role: "admin" });
    const me = await api("/auth/me", { key: tokens.accessToken });
    expect(await me.json()).toMatchObject({
      kind: "user",
      id: user.id,
      tenantId: tenant.tenantId,
      email: "ada@example.com",
    });
    expect((await api("/users", { key: tokens.accessToken })).status).toBe(200);
    expect(await auditCount("session.create", tokens.sessionId)).toBe(1);
    const dump = JSON.stringify(await env.DB.prepare("SELECT * FROM sessions").all());
    expect(dump).not.toContain(tokens.refreshToken.split("_").at(-2));
  });

  it("tells an unknown address, a wrong password and a disabled account apart neither by answer nor by work", async () => {
    const user = await newUser(tenant, "known@example.com");
    const gone = await newUser(tenant, "gone@example.com");
    await api(`/users/${gone.id}`, { method: "PATCH", key: tenant.secret, body: { disabled: true } });
    const cases = [
      ["known@example.com", "not the password at all"],
      ["unknown@example.com", password],
      ["gone@example.com", password],
    ] as const;
    const bodies = await Promise.all(
      cases.map(async ([email, tried]) => (await (await tryLogin(email, tried)).text()).replace(/req_[0-9a-z]+/, "")),
    );
    expect(new Set(bodies).size).toBe(1);
    // The quickest of some, in turns: what else the machine does at the time slows both.
    const quickest = { unknown: Number.POSITIVE_INFINITY, known: Number.POSITIVE_INFINITY };
    for (let n = 0; n < 7; n++)
      for (const who of ["unknown", "known"] as const) {
        const start = performance.now();
        await tryLogin(`${who}@example.com`, "not the password at all");
        quickest[who] = Math.min(quickest[who], performance.now() - start);
      }
    console.info("quickest logins, ms", quickest);
    // Without the dummy hash it would be ten and more.
    expect(quickest.unknown / quickest.known).toBeGreaterThan(0.4);
    expect(quickest.unknown / quickest.known).toBeLessThan(2.5);
    expect(await auditCount("session.refuse", user.id)).toBe(8);
  });
});

describe("a refresh token", () => {
  it("changes with every use, and an old one ends the session", async () => {
    await newUser(tenant, "turn@example.com");
    const first = await signIn("turn@example.com");
    const second = SessionTokens.parse(await (await refresh(first.refreshToken)).json());
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.sessionId).toBe(first.sessionId);
    const third = SessionTokens.parse(await (await refresh(second.refreshToken)).json());
    // Two turns back there is no grace, however soon.
    expect(await problemOf(await refresh(first.refreshToken))).toEqual([401, "session_refused"]);
    expect(await auditCount("session.reuse", first.sessionId)).toBe(1);
    expect(await problemOf(await refresh(third.refreshToken))).toEqual([401, "session_refused"]);
    expect((await api("/auth/me", { key: third.accessToken })).status).toBe(401);
    expect(await auditCount("session.reuse", first.sessionId)).toBe(1);
  });

  it("shown twice at once gets the same answer, later it ends the session", async () => {
    await newUser(tenant, "tabs@example.com");
    const { refreshToken, sessionId } = await signIn("tabs@example.com");
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(refreshToken)));
    const tokens = await Promise.all(answers.map(async (answer) => SessionTokens.parse(await answer.json())));
    expect(new Set(tokens.map((each) => each.refreshToken)).size).toBe(1);
    const next = tokens[0]?.refreshToken ?? "";
    expect((await refresh(next)).status).toBe(200);

    const late = await signIn("tabs@example.com");
    await refresh(late.refreshToken);
    await env.DB.prepare("UPDATE sessions SET refreshedAt = refreshedAt - ? WHERE id = ?")
      .bind(limits.refreshGraceMs + 1, late.sessionId)
      .run();
    expect((await refresh(late.refreshToken)).status).toBe(401);
    expect(await auditCount("session.reuse", late.sessionId)).toBe(1);
    expect(await auditCount("session.reuse", sessionId)).toBe(0);
  });

  it("can't be guessed into ending somebody's session", async () => {
    await newUser(tenant, "calm@example.com");
    const { refreshToken, sessionId } = await signIn("calm@example.com");
    const forger = { ...settingsOf(env), signingSecret: "not the secret of this installation, but long" };
    const { text } = await firstRefreshToken(forger, sessionId);
    expect((await refresh(text)).status).toBe(401);
    expect((await refresh(tenant.secret)).status).toBe(401);
    expect((await refresh(refreshToken)).status).toBe(200);
    expect((await api("/jobs", { key: refreshToken })).status).toBe(401);
  });

  it("is over with the session's own time, and with the user's standing", async () => {
    const user = await newUser(tenant, "over@example.com");
    const aged = await signIn("over@example.com");
    await env.DB.prepare("UPDATE sessions SET expiresAt = 1 WHERE id = ?").bind(aged.sessionId).run();
    expect((await refresh(aged.refreshToken)).status).toBe(401);
    const fresh = await signIn("over@example.com");
    await api(`/users/${user.id}`, { method: "PATCH", key: tenant.secret, body: { role: "viewer" } });
    expect((await refresh(fresh.refreshToken)).status).toBe(401);
  });
});

describe("a session", () => {
  it("goes on with its new tokens where the user is remembered as they were", async () => {
    const user = await newUser(tenant, "elsewhere@example.com");
    const { accessToken, refreshToken, sessionId } = await signIn("elsewhere@example.com");
    expect((await api("/auth/me", { key: accessToken })).status).toBe(200);
    // As another isolate changes the password: this one has the old version in memory.
    await env.DB.batch([
      env.DB.prepare("UPDATE users SET version = 2 WHERE id = ?").bind(user.id),
      env.DB.prepare("UPDATE sessions SET userVersion = 2 WHERE id = ?").bind(sessionId),
    ]);
    const renewed = SessionTokens.parse(await (await refresh(refreshToken)).json());
    expect((await api("/auth/me", { key: renewed.accessToken })).status).toBe(200);
    // And from then on the old token is over here too.
    expect((await api("/auth/me", { key: accessToken })).status).toBe(401);
  });

  it("is listed to its user and ended by them, one or all", async () => {
    await newUser(tenant, "list@example.com");
    const here = await signIn("list@example.com");
    const there = await signIn("list@example.com");
    const listed = await (await api("/auth/sessions", { key: here.accessToken })).json<{
      items: { id: string; current: boolean }[];
    }>();
    expect(listed.items.map(({ id, current }) => [id, current])).toEqual([
      [there.sessionId, false],
      [here.sessionId, true],
    ]);
    expect((await api(`/auth/sessions/${there.sessionId}`, { method: "DELETE", key: here.accessToken })).status).toBe(
      204,
    );
    expect((await api("/auth/me", { key: there.accessToken })).status).toBe(401);
    expect((await refresh(there.refreshToken)).status).toBe(401);
    const third = await signIn("list@example.com");
    expect((await api("/auth/sessions", { method: "DELETE", key: here.accessToken })).status).toBe(204);
    for (const key of [here.accessToken, third.accessToken]) expect((await api("/auth/me", { key })).status).toBe(401);
  });

  it("all but the one that asks are ended in one call, which the audit log tells in one line", async () => {
    await newUser(tenant, "others@example.com");
    const others = await Promise.all([1, 2, 3].map(() => signIn("others@example.com")));
    const here = await signIn("others@example.com");
    const end = (query: string) => api(`/auth/sessions${query}`, { method: "DELETE", key: here.accessToken });
    expect(await problemOf(await end("?keep=newest"))).toEqual([422, "invalid_request"]);
    expect((await end("?keep=current")).status).toBe(204);
    for (const { accessToken: key } of others) expect((await api("/auth/me", { key })).status).toBe(401);
    expect((await refresh(here.refreshToken)).status).toBe(200);
    // With nothing left to end, nothing more is written.
    expect((await end("?keep=current")).status).toBe(204);
    const { items } = await (await api("/audit?action=session.revoke&limit=100", { key: tenant.secret })).json<{
      items: { detail: { kept?: string } | null }[];
    }>();
    expect(items.filter(({ detail }) => detail?.kept === here.sessionId).length).toBe(1);
  });

  it("of another user can't be seen or ended", async () => {
    await newUser(tenant, "a@example.com");
    await newUser(tenant, "b@example.com");
    const [a, b] = [await signIn("a@example.com"), await signIn("b@example.com")];
    expect((await api(`/auth/sessions/${b.sessionId}`, { method: "DELETE", key: a.accessToken })).status).toBe(404);
    expect((await api("/auth/me", { key: b.accessToken })).status).toBe(200);
    expect((await api("/auth/sessions", { key: tenant.secret })).status).toBe(403);
  });

  it("ends with a logout, for isolates that had it in memory as well once they look", async () => {
    await newUser(tenant, "bye@example.com");
    const { accessToken, sessionId, refreshToken } = await signIn("bye@example.com");
    expect((await api("/auth/logout", { method: "POST", key: accessToken })).status).toBe(204);
    forgetCredential(sessionId);
    expect((await api("/auth/me", { key: accessToken })).status).toBe(401);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect(await auditCount("session.revoke", sessionId)).toBe(1);
  });
});

describe("a password change", () => {
  it("needs the old one, keeps this session and ends the others", async () => {
    await newUser(tenant, "change@example.com");
    const [here, there] = [await signIn("change@example.com"), await signIn("change@example.com")];
    const change = (currentPassword: string) =>
      api("/auth/password", {
        method: "POST",
        key: here.accessToken,
        body: { currentPassword, newPassword: "a brand new password" },
      });
    expect((await change("wrong")).status).toBe(422);
    expect((await change(password)).status).toBe(204);
    expect((await refresh(there.refreshToken)).status).toBe(401);
    const renewed = SessionTokens.parse(await (await refresh(here.refreshToken)).json());
    expect((await api("/auth/me", { key: renewed.accessToken })).status).toBe(200);
    expect((await tryLogin("change@example.com")).status).toBe(401);
    expect((await tryLogin("change@example.com", "a brand new password")).status).toBe(200);
  });

  it("by a reset token works once, and voids other resets", async () => {
    const user = await newUser(tenant, "forgot@example.com");
    const before = await signIn("forgot@example.com");
    const ask = async () =>
      (
        await (
          await api(`/users/${user.id}/password-reset`, { method: "POST", key: tenant.secret })
        ).json<{ token: string }>()
      ).token;
    const [one, two] = [await ask(), await ask()];
    expect((await refresh(before.refreshToken)).status).toBe(200);
    const use = (token: string) =>
      api("/auth/password-reset", {
        method: "POST",
        body: { token, password: "set by the reset" },
        headers: somewhere(),
      });
    const uses = await Promise.all(Array.from({ length: 8 }, () => use(one)));
    expect(uses.filter(({ status }) => status === 204)).toHaveLength(1);
    expect((await use(two)).status).toBe(401);
    expect((await api("/auth/me", { key: before.accessToken })).status).toBe(401);
    expect((await tryLogin("forgot@example.com", "set by the reset")).status).toBe(200);
    expect(await auditCount("user.password", user.id)).toBe(1);
  });
});
