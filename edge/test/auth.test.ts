import { env } from "cloudflare:workers";
import { ApiKeyCreated } from "@reelway/shared/contracts/api-key";
import { isAllowed, type Permission, Role } from "@reelway/shared/permissions";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { auditOfSystem } from "../src/audit/audit-entry.ts";
import { crc32 } from "../src/auth/crc32.ts";
import { mintCredential, parseCredential, verifyCredential } from "../src/auth/credentials.ts";
import { forgetCredential } from "../src/auth/holders.ts";
import { settingsOf } from "../src/settings.ts";
import { revokeApiKey } from "../src/store/api-keys.ts";
import { api } from "./support/api.ts";
import { newKey, newTenantKey, type TestKey } from "./support/tenants.ts";

let admin: TestKey;
let other: TestKey;

beforeAll(async () => {
  const attempts = await Promise.all(
    Array.from({ length: 20 }, () => api("/bootstrap", { method: "POST", body: { token: env.BOOTSTRAP_TOKEN } })),
  );
  const made = attempts.filter(({ status }) => status === 201);
  expect(made).toHaveLength(1);
  expect(attempts.filter(({ status }) => status === 409)).toHaveLength(19);
  const key = ApiKeyCreated.parse(await made[0]?.json());
  admin = { id: key.id, tenantId: key.tenantId, secret: key.secret ?? "" };
  other = await newTenantKey(admin, "other");
});

describe("bootstrap", () => {
  it("refuses a wrong token, and says nothing of whether it is closed", async () => {
    const wrong = await api("/bootstrap", { method: "POST", body: { token: "wrong" } });
    expect([wrong.status, await wrong.json()]).toMatchObject([401, { code: "unauthenticated" }]);
  });

  it("made one platform tenant", async () => {
    const { results } = await env.DB.prepare("SELECT name FROM tenants WHERE platform = 1").all();
    expect(results).toEqual([{ name: "default" }]);
  });
});

describe("credentials", () => {
  const settings = settingsOf(env);

  it("are proved by their secret, for their own id and kind only", async () => {
    const id = "key_01arz3ndektsv4rrffq69g5fav";
    const minted = await mintCredential(settings, "api_key", id);
    const parsed = parseCredential(settings, minted.text);
    if (!parsed) throw new Error("not parsed");
    expect(parsed).toMatchObject({ kind: "api_key", id });
    expect(minted.text.startsWith(`${minted.prefix}_`)).toBe(true);
    expect(await verifyCredential(settings, parsed, minted.hash)).toBe(true);
    expect(await verifyCredential(settings, { ...parsed, kind: "runner" }, minted.hash)).toBe(false);
    const foreign = await mintCredential(settings, "api_key", id);
    expect(await verifyCredential(settings, parsed, foreign.hash)).toBe(false);
  });

  it("of runners keep their region", async () => {
    const id = "run_01arz3ndektsv4rrffq69g5fav_weur";
    const { text } = await mintCredential(settings, "runner", id);
    expect(parseCredential(settings, text)).toMatchObject({ kind: "runner", id });
  });

  it("have the checksum that everyone computes", () => {
    expect(crc32("123456789")).toBe("cbf43926");
  });

  it("that are junk are refused without a look at the store", async () => {
    const broken = [
      admin.secret.slice(0, -1),
      `${admin.secret.slice(0, -1)}${admin.secret.endsWith("0") ? "1" : "0"}`,
      admin.secret.replace("rw_local", "rw_other"),
      `${admin.secret}0`,
      "x".repeat(10_000),
    ];
    for (const text of broken) expect(parseCredential(settings, text)).toBeUndefined();
    const answers = await Promise.all(broken.slice(0, 4).map((key) => api("/jobs", { key })));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });

  it("are not in the store", async () => {
    const dump = JSON.stringify(await env.DB.prepare("SELECT * FROM api_keys").all());
    expect(dump).not.toContain(admin.secret.split("_").at(-2));
  });
});

describe("a caller", () => {
  it("without a credential is asked for one", async () => {
    const response = await api("/jobs");
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
  });

  it("with the right id and another secret is refused, also when the right one is remembered", async () => {
    expect((await api("/jobs", { key: admin.secret })).status).toBe(200);
    const parts = admin.secret.split("_").slice(0, -1);
    const secret = "A".repeat(43);
    const forged = [...parts.slice(0, -1), secret].join("_");
    expect((await api("/jobs", { key: `${forged}_${crc32(forged)}` })).status).toBe(401);
  });

  it("is refused once the key is revoked, at once where it was revoked", async () => {
    const key = await newKey(other, { name: "short", role: "viewer" });
    expect((await api("/jobs", { key: key.secret })).status).toBe(200);
    expect((await api(`/keys/${key.id}`, { method: "DELETE", key: other.secret })).status).toBe(204);
    expect((await api("/jobs", { key: key.secret })).status).toBe(401);
    expect((await api(`/keys/${key.id}`, { method: "DELETE", key: other.secret })).status).toBe(204);
  });

  it("can't revoke the platform's last admin key, nor can two revoke each other", async () => {
    const revoke = (id: string, by: TestKey) => api(`/keys/${id}`, { method: "DELETE", key: by.secret });
    const last = await revoke(admin.id, admin);
    expect([last.status, await last.json()]).toMatchObject([409, { code: "last_admin_key" }]);
    expect((await api("/jobs", { key: admin.secret })).status).toBe(200);

    // Neither a lesser role nor a key that has expired counts.
    await newKey(admin, { name: "operator", role: "operator" });
    const expired = await newKey(admin, { name: "expired", role: "admin" });
    await env.DB.prepare("UPDATE api_keys SET expiresAt = 1 WHERE id = ?").bind(expired.id).run();
    expect((await revoke(admin.id, admin)).status).toBe(409);
    expect((await revoke(expired.id, admin)).status).toBe(204);

    // Nor does one that will: the platform would be without an admin then.
    const days = { name: "for a day", role: "admin" as const, expiresAt: Date.now() + 86_400_000 };
    const passing = ApiKeyCreated.parse(
      await (await api("/keys", { method: "POST", key: admin.secret, body: days })).json(),
    );
    expect((await revoke(admin.id, admin)).status).toBe(409);
    expect((await revoke(passing.id, admin)).status).toBe(204);

    const second = await newKey(admin, { name: "second", role: "admin" });
    const entry = auditOfSystem({ action: "key.revoke", tenantId: admin.tenantId });
    const both = [second.id, admin.id].map((id) => revokeApiKey(env, admin.tenantId, id, Date.now(), entry));
    expect((await Promise.all(both)).sort()).toEqual(["last_admin_key", "revoked"]);
    await env.DB.prepare("UPDATE api_keys SET revokedAt = NULL WHERE id = ?").bind(admin.id).run();

    // Another tenant's last admin key may go: the platform can make a new one.
    const lone = await newTenantKey(admin, "lone");
    expect((await revoke(lone.id, lone)).status).toBe(204);
  });

  it("is refused once the key has expired", async () => {
    const key = await newKey(other, { name: "old", role: "viewer" });
    await env.DB.prepare("UPDATE api_keys SET expiresAt = 1 WHERE id = ?").bind(key.id).run();
    forgetCredential(key.id);
    expect((await api("/jobs", { key: key.secret })).status).toBe(401);
  });

  it("leaves the minute of the last use", async () => {
    const key = await newKey(other, { name: "used", role: "viewer" });
    await api("/jobs", { key: key.secret });
    const lastUsedAt = () =>
      env.DB.prepare("SELECT lastUsedAt FROM api_keys WHERE id = ?").bind(key.id).first<number>("lastUsedAt");
    await expect.poll(lastUsedAt).toBeTypeOf("number");
    expect(Number(await lastUsedAt()) % 60_000).toBe(0);
  });
});

describe("keys", () => {
  it("grant no role above their maker's, and only platform admins may name another tenant", async () => {
    const member = await newKey(admin, { name: "m", role: "member", tenantId: other.tenantId });
    const asMember = await api("/keys", { method: "POST", key: member.secret, body: { name: "x", role: "viewer" } });
    expect(asMember.status).toBe(403);
    const body = { name: "x", role: "viewer", tenantId: admin.tenantId };
    expect((await api("/keys", { method: "POST", key: other.secret, body })).status).toBe(403);
    expect((await api(`/keys?tenantId=${admin.tenantId}`, { key: other.secret })).status).toBe(403);
    const unknown = { name: "x", role: "viewer", tenantId: "ten_01arz3ndektsv4rrffq69g5fav" };
    expect((await api("/keys", { method: "POST", key: admin.secret, body: unknown })).status).toBe(404);
  });

  it("replay without their secret, and mismatch with another body", async () => {
    const headers = { "idempotency-key": "make-a-key" };
    const make = (name: string) => api("/keys", { method: "POST", key: other.secret, body: { name }, headers });
    const first = ApiKeyCreated.parse(await (await make("same")).json());
    const again = await make("same");
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(await again.json()).toEqual({ ...first, secret: null });
    const mismatch = await make("different");
    expect([mismatch.status, await mismatch.json()]).toMatchObject([422, { code: "idempotency_mismatch" }]);
  });

  it("can be revoked by a platform admin for another tenant", async () => {
    const key = await newKey(other, { name: "leaked", role: "viewer" });
    expect((await api(`/keys/${key.id}`, { method: "DELETE", key: admin.secret })).status).toBe(404);
    const path = `/keys/${key.id}?tenantId=${other.tenantId}`;
    expect((await api(path, { method: "DELETE", key: admin.secret })).status).toBe(204);
  });
});

describe("the permission table", () => {
  const reads: Record<string, Permission> = {
    "/jobs": "jobs:read",
    "/assets": "assets:read",
    "/keys": "keys:read",
    "/tenants": "tenants:read",
    "/runners": "runners:read",
    "/presets": "jobs:read",
  };

  it.each(Role.exclude(["runner"]).options)(
    "decides what a %s may read, in the platform and elsewhere",
    async (role) => {
      for (const maker of [admin, other]) {
        const key = await newKey(maker, { name: `matrix ${role}`, role });
        for (const [path, permission] of Object.entries(reads)) {
          const { status } = await api(path, { key: key.secret });
          const allowed = isAllowed({ role, platform: maker === admin, scopes: null }, permission);
          expect([role, path, status]).toEqual([role, path, allowed ? 200 : 403]);
        }
      }
    },
  );
});

describe("lists", () => {
  it("page through keys by a cursor that holds for this tenant only", async () => {
    const Page = z.object({ items: z.array(z.object({ id: z.string() })), nextCursor: z.string().nullable() });
    const tenant = await newTenantKey(admin, "paged");
    for (const name of ["a", "b", "c"]) await newKey(tenant, { name, role: "viewer" });
    const first = Page.parse(await (await api("/keys?limit=3", { key: tenant.secret })).json());
    const second = Page.parse(
      await (await api(`/keys?limit=3&cursor=${first.nextCursor}`, { key: tenant.secret })).json(),
    );
    const ids = [...first.items, ...second.items].map(({ id }) => id);
    expect([first.items.length, second.items.length, second.nextCursor]).toEqual([3, 1, null]);
    expect(ids).toEqual([...new Set(ids)].sort().reverse());
    const foreign = await api(`/keys?limit=3&cursor=${first.nextCursor}`, { key: other.secret });
    expect([foreign.status, await foreign.json()]).toMatchObject([422, { code: "invalid_cursor" }]);
    const elsewhere = await api(`/jobs?cursor=${first.nextCursor}`, { key: tenant.secret });
    expect(elsewhere.status).toBe(422);
  });
});
