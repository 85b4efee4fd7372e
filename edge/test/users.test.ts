import { env } from "cloudflare:workers";
import { InvitationCreated } from "@reelway/shared/contracts/invitation";
import { User } from "@reelway/shared/contracts/user";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { forgetUser } from "../src/auth/holders.ts";
import { api } from "./support/api.ts";
import { problemOf } from "./support/assets.ts";
import { bootstrapped, newKey, newTenantKey, type TestKey } from "./support/tenants.ts";
import { accept, invite, newUser, password, signIn, somewhere, tryLogin } from "./support/users.ts";

// Every password costs its memory and time, on whatever else the machine does.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let platform: TestKey;
let tenant: TestKey;
let stranger: TestKey;

beforeAll(async () => {
  platform = await bootstrapped();
  tenant = await newTenantKey(platform, "one");
  stranger = await newTenantKey(platform, "two");
});

const patch = (key: string, id: string, body: unknown) => api(`/users/${id}`, { method: "PATCH", key, body });

describe("an invitation", () => {
  it("makes one account, however often it is accepted at once", async () => {
    const { token, id } = await invite(tenant, "Many@Example.com", "member");
    const answers = await Promise.all(Array.from({ length: 50 }, () => accept(token)));
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(49);
    const user = User.parse(await made[0]?.json());
    expect(user).toMatchObject({ email: "many@example.com", role: "member", tenantId: tenant.tenantId });
    const rows = await env.DB.prepare("SELECT count(*) AS n FROM users WHERE email = 'many@example.com'").first("n");
    const told = await env.DB.prepare(
      "SELECT count(*) AS n FROM audit_log WHERE action = 'invitation.accept' AND resource = ?",
    )
      .bind(id)
      .first("n");
    expect([rows, told]).toEqual([1, 1]);
  });

  it("is refused alike when it is expired, revoked, used, forged or of another kind", async () => {
    const expired = await invite(tenant, "late@example.com", "member");
    await env.DB.prepare("UPDATE invitations SET expiresAt = 1 WHERE id = ?").bind(expired.id).run();
    const revoked = await invite(tenant, "revoked@example.com", "member");
    await api(`/invitations/${revoked.id}`, { method: "DELETE", key: tenant.secret });
    const used = await invite(tenant, "used@example.com", "member");
    expect((await accept(used.token)).status).toBe(201);
    const user = User.parse(await (await accept((await invite(tenant, "reset@example.com", "member")).token)).json());
    const reset = await api(`/users/${user.id}/password-reset`, { method: "POST", key: tenant.secret });
    const resetToken = InvitationCreated.parse(await reset.json()).token;
    const tokens = [expired.token, revoked.token, used.token, resetToken, tenant.secret, "junk", ""];
    for (const token of tokens) expect(await problemOf(await accept(token))).toEqual([401, "invitation_refused"]);
  });

  it("is bound to its address, role and tenant, whatever else is sent along", async () => {
    const { token } = await invite(tenant, "bound@example.com", "viewer");
    for (const extra of [
      { role: "admin" },
      { tenantId: platform.tenantId },
      { email: "other@example.com" },
      JSON.parse('{"__proto__":{"role":"admin"}}'),
    ])
      expect([(await accept(token, "Eve", extra)).status, Object.keys(extra)]).toEqual([422, Object.keys(extra)]);
    const raw = `{"token":"${token}","name":"Eve","password":"${password}","__proto__":{"role":"admin"}}`;
    const sneaky = await api("/invitations/accept", { method: "POST", body: raw, headers: somewhere() });
    expect(sneaky.status).toBe(422);
    expect(await (await accept(token)).json()).toMatchObject({ role: "viewer", tenantId: tenant.tenantId });
  });

  it("can't be made for an address of one's own tenant, and does not tell of accounts elsewhere", async () => {
    await newUser(tenant, "here@example.com");
    const body = { email: "HERE@example.com", role: "member" };
    const again = await api("/invitations", { method: "POST", key: tenant.secret, body });
    expect(await problemOf(again)).toEqual([409, "user_exists"]);
    const elsewhere = await api("/invitations", { method: "POST", key: stranger.secret, body });
    expect(elsewhere.status).toBe(201);
    const { token } = InvitationCreated.parse(await elsewhere.json());
    expect(await problemOf(await accept(token))).toEqual([401, "invitation_refused"]);
  });

  it("grants no role above its maker's rights, into no other tenant but by the platform", async () => {
    const scoped = await api("/keys", {
      method: "POST",
      key: tenant.secret,
      body: { name: "narrow", role: "admin", scopes: ["users:write", "users:read"] },
    });
    const { secret } = await scoped.json<{ secret: string }>();
    for (const role of ["admin", "viewer"])
      expect(
        (await api("/invitations", { method: "POST", key: secret, body: { email: "x@example.com", role } })).status,
      ).toBe(403);
    const runner = await api("/invitations", {
      method: "POST",
      key: tenant.secret,
      body: { email: "x@example.com", role: "runner" },
    });
    expect(runner.status).toBe(422);
    const named = { email: "x@example.com", role: "viewer", tenantId: stranger.tenantId };
    expect((await api("/invitations", { method: "POST", key: tenant.secret, body: named })).status).toBe(403);
    expect((await api("/invitations", { method: "POST", key: platform.secret, body: named })).status).toBe(201);
  });

  it("replays without its token, and holds at most a day", async () => {
    const headers = { "idempotency-key": "one-invitation" };
    const make = () =>
      api("/invitations", { method: "POST", key: tenant.secret, headers, body: { email: "idem@example.com" } });
    const first = InvitationCreated.parse(await (await make()).json());
    const again = InvitationCreated.parse(await (await make()).json());
    expect(again).toEqual({ ...first, token: null });
    expect(first.expiresAt - first.createdAt).toBeLessThanOrEqual(24 * 3_600_000);
    const dump = JSON.stringify(await env.DB.prepare("SELECT * FROM invitations").all());
    expect(dump).not.toContain(first.token?.split("_").at(-2));
  });

  it("is void once its maker is demoted or revoked", async () => {
    const boss = await newUser(tenant, "boss@example.com", "admin");
    const { accessToken } = await signIn("boss@example.com");
    const mine = await api("/invitations", {
      method: "POST",
      key: accessToken,
      body: { email: "friend@example.com", role: "admin" },
    });
    const byUser = InvitationCreated.parse(await mine.json());
    expect(byUser.invitedBy).toBe(boss.id);
    expect((await patch(tenant.secret, boss.id, { role: "viewer" })).status).toBe(200);
    expect((await accept(byUser.token)).status).toBe(401);

    const key = await newKey(tenant, { name: "leaving", role: "admin" });
    const byKey = await invite(key, "friend@example.com", "admin");
    await api(`/keys/${key.id}`, { method: "DELETE", key: tenant.secret });
    expect((await accept(byKey.token)).status).toBe(401);
  });

  it("is void once the maker of the key that made it is disabled, and no other is", async () => {
    const boss = await newUser(tenant, "chief@example.com", "admin");
    const { accessToken } = await signIn("chief@example.com");
    const made = await api("/keys", { method: "POST", key: accessToken, body: { name: "theirs", role: "admin" } });
    const { id, tenantId, secret } = await made.json<{ id: string; tenantId: string; secret: string }>();
    const byTheirKey = await invite({ id, tenantId, secret }, "crony@example.com", "admin");
    const byAnother = await invite(tenant, "honest@example.com", "member");
    expect((await patch(tenant.secret, boss.id, { disabled: true })).status).toBe(200);
    expect((await accept(byTheirKey.token)).status).toBe(401);
    expect((await accept(byAnother.token)).status).toBe(201);
  });
});

describe("a user", () => {
  it("is seen by their tenant's admins, and by no other tenant", async () => {
    const user = await newUser(tenant, "seen@example.com");
    const shown = await api(`/users/${user.id}`, { key: tenant.secret });
    const text = await shown.text();
    expect(User.parse(JSON.parse(text))).toEqual(user);
    expect(text).not.toContain("scrypt");
    for (const method of ["GET", "PATCH"]) {
      const body = method === "PATCH" ? { body: { name: "x" } } : {};
      const foreign = await api(`/users/${user.id}`, { method, key: stranger.secret, ...body });
      const missing = await api("/users/usr_01arz3ndektsv4rrffq69g5fav", { method, key: stranger.secret, ...body });
      expect([foreign.status, missing.status]).toEqual([404, 404]);
    }
    const foreignReset = await api(`/users/${user.id}/password-reset`, { method: "POST", key: stranger.secret });
    expect(foreignReset.status).toBe(404);
    expect(await (await api("/users", { key: stranger.secret })).text()).not.toContain(user.id);
  });

  it("who is disabled or demoted is signed out at once, and the keys that they made shrink with them", async () => {
    const user = await newUser(tenant, "maker@example.com", "admin");
    const { accessToken } = await signIn("maker@example.com");
    const made = await api("/keys", { method: "POST", key: accessToken, body: { name: "theirs", role: "admin" } });
    const { secret, makerId } = await made.json<{ secret: string; makerId: string }>();
    expect(makerId).toBe(user.id);
    const heir = await api("/keys", { method: "POST", key: secret, body: { name: "heir", role: "admin" } });
    const inherited = await heir.json<{ secret: string; makerId: string }>();
    expect(inherited.makerId).toBe(user.id);
    expect((await api("/users", { key: inherited.secret })).status).toBe(200);

    expect((await patch(tenant.secret, user.id, { role: "viewer" })).status).toBe(200);
    expect((await api("/jobs", { key: accessToken })).status).toBe(401);
    for (const key of [secret, inherited.secret]) {
      expect((await api("/users", { key })).status).toBe(403);
      expect((await api("/keys", { method: "POST", key, body: { name: "x", role: "viewer" } })).status).toBe(403);
      expect((await api("/jobs", { key })).status).toBe(200);
    }

    expect((await patch(tenant.secret, user.id, { disabled: true })).status).toBe(200);
    expect((await api("/jobs", { key: secret })).status).toBe(401);
    expect(await problemOf(await tryLogin("maker@example.com"))).toEqual([401, "login_refused"]);
    expect((await patch(tenant.secret, user.id, { disabled: false })).status).toBe(200);
    expect((await api("/jobs", { key: secret })).status).toBe(200);
    expect((await tryLogin("maker@example.com")).status).toBe(200);
  });

  it("is not signed out by a new name, or by a role that they have already", async () => {
    const user = await newUser(tenant, "calm@example.com", "member");
    const { accessToken } = await signIn("calm@example.com");
    expect((await patch(tenant.secret, user.id, { name: "Calm", role: "member", disabled: false })).status).toBe(200);
    forgetUser(user.id);
    expect(await (await api("/auth/me", { key: accessToken })).json()).toMatchObject({ name: "Calm", role: "member" });
  });

  it("can't be given fields that are not theirs to have", async () => {
    const user = await newUser(tenant, "plain@example.com");
    for (const body of [{ tenantId: platform.tenantId }, { email: "a@b.cc" }, { version: 9 }, { role: "runner" }, {}])
      expect([(await patch(tenant.secret, user.id, body)).status, body]).toEqual([422, body]);
    const raw = '{"name":"x","__proto__":{"role":"admin"}}';
    expect((await patch(tenant.secret, user.id, raw)).status).toBe(422);
    const { accessToken } = await signIn("plain@example.com");
    expect((await patch(accessToken, user.id, { role: "admin" })).status).toBe(403);
  });

  it("with more rights than one has oneself is beyond one", async () => {
    const { permissionTable } = await import("@reelway/shared/permissions");
    const scopes = ["users:write", ...permissionTable.viewer];
    const made = await api("/keys", {
      method: "POST",
      key: tenant.secret,
      body: { name: "hr", role: "admin", scopes },
    });
    const { secret } = await made.json<{ secret: string }>();
    const admin = await newUser(tenant, "top@example.com", "admin");
    const viewer = await newUser(tenant, "low@example.com", "viewer");
    expect((await patch(secret, admin.id, { disabled: true })).status).toBe(403);
    expect((await api(`/users/${admin.id}/password-reset`, { method: "POST", key: secret })).status).toBe(403);
    expect((await patch(secret, viewer.id, { role: "admin" })).status).toBe(403);
    expect((await patch(secret, viewer.id, { name: "fine" })).status).toBe(200);

    // A reset that was made for a viewer is none for the admin they have become.
    const reset = await api(`/users/${viewer.id}/password-reset`, { method: "POST", key: secret });
    const { token } = InvitationCreated.parse(await reset.json());
    expect((await patch(tenant.secret, viewer.id, { role: "admin" })).status).toBe(200);
    const body = { token, password: "another long password" };
    expect((await api("/auth/password-reset", { method: "POST", body, headers: somewhere() })).status).toBe(401);
  });
});

describe("the platform's last admin", () => {
  it("can't be demoted, disabled or revoked, nor can two remove each other", async () => {
    const person = await newUser(platform, "root@example.com", "admin");
    // The user stands in for the key, so the key may go …
    const spare = await newKey(platform, { name: "spare", role: "admin" });
    const { accessToken } = await signIn("root@example.com");
    await env.DB.prepare("UPDATE api_keys SET revokedAt = 1 WHERE id = ?").bind(spare.id).run();
    const [demoted, revoked] = await Promise.all([
      patch(platform.secret, person.id, { role: "viewer" }),
      api(`/keys/${platform.id}`, { method: "DELETE", key: accessToken }),
    ]);
    // … but not both.
    expect([demoted.status < 300, revoked.status < 300].filter(Boolean)).toHaveLength(1);
    await env.DB.batch([
      env.DB.prepare("UPDATE api_keys SET revokedAt = 1 WHERE id = ?").bind(platform.id),
      env.DB.prepare("UPDATE users SET role = 'admin' WHERE id = ?").bind(person.id),
    ]);
    forgetUser(person.id);
    const last = (await signIn("root@example.com")).accessToken;
    expect(await problemOf(await patch(last, person.id, { role: "operator" }))).toEqual([409, "last_admin"]);
    expect(await problemOf(await patch(last, person.id, { disabled: true }))).toEqual([409, "last_admin"]);
    expect((await patch(last, person.id, { name: "Still here", role: "admin" })).status).toBe(200);
    // A key that they made hangs on them: it could not replace them.
    await api("/keys", { method: "POST", key: last, body: { name: "mine", role: "admin" } });
    expect(await problemOf(await patch(last, person.id, { disabled: true }))).toEqual([409, "last_admin"]);
  });
});
