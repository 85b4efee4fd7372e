import { env } from "cloudflare:workers";
import { ApiKey, ApiKeyCreated } from "@reelway/shared/contracts/api-key";
import { page } from "@reelway/shared/contracts/page";
import { limits } from "@reelway/shared/limits";
import { beforeAll, expect, it } from "vitest";
import { api } from "./support/api.ts";
import { problemOf } from "./support/assets.ts";
import { bootstrapped, newKey, newTenantKey, type TestKey } from "./support/tenants.ts";
import { newUser, signIn } from "./support/users.ts";

let platform: TestKey;
let tenant: TestKey;
let member: { id: string; token: string };
let other: { id: string; token: string };

beforeAll(async () => {
  platform = await bootstrapped();
  tenant = await newTenantKey(platform, "people");
  const signedIn = async (email: string) => {
    const { id } = await newUser(tenant, email, "member");
    return { id, token: (await signIn(email)).accessToken };
  };
  [member, other] = [await signedIn("ada@example.com"), await signedIn("bob@example.com")];
});

const make = (key: string, body: object, headers = {}) => api("/auth/keys", { method: "POST", key, body, headers });
const made = async (key: string, body: object = { name: "mine" }) =>
  ApiKeyCreated.parse(await (await make(key, body)).json());
const listed = async (key: string, query = "") =>
  page(ApiKey).parse(await (await api(`/auth/keys${query}`, { key })).json());
const revoke = (key: string, id: string) => api(`/auth/keys/${id}`, { method: "DELETE", key });

it("a member makes a key that hangs on them, works, and is gone when they revoke it", async () => {
  const key = await made(member.token);
  expect(key).toMatchObject({ makerId: member.id, role: "member", tenantId: tenant.tenantId });
  expect((await api("/jobs", { key: key.secret ?? "" })).status).toBe(200);
  expect((await revoke(member.token, key.id)).status).toBe(204);
  expect(await problemOf(await api("/jobs", { key: key.secret ?? "" }))).toEqual([401, "unauthenticated"]);
  expect((await revoke(member.token, key.id)).status).toBe(204);
});

it("sees their own keys, page by page, and nobody else's", async () => {
  const { token } = other;
  const ids = [(await made(token)).id, (await made(token)).id, (await made(token)).id].reverse();
  const first = await listed(token, "?limit=2");
  const second = await listed(token, `?limit=2&cursor=${first.nextCursor}`);
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
  expect(second.nextCursor).toBeNull();
  expect(JSON.stringify(first)).not.toContain("secret");
  expect((await listed(member.token)).items.map(({ makerId }) => makerId)).not.toContain(other.id);
  const cursor = first.nextCursor;
  expect(await problemOf(await api(`/auth/keys?limit=2&cursor=${cursor}`, { key: member.token }))).toEqual([
    422,
    "invalid_cursor",
  ]);
});

it("can't revoke another's, nor one that stands alone, and does not learn that there is one", async () => {
  const theirs = await made(other.token);
  const alone = await newKey(tenant, { name: "alone", role: "viewer" });
  const elsewhere = await newTenantKey(platform, "elsewhere");
  await newUser(elsewhere, "eve@example.com", "admin");
  const { accessToken: stranger } = await signIn("eve@example.com");
  expect(await problemOf(await revoke(stranger, theirs.id))).toEqual([404, "not_found"]);
  for (const id of [theirs.id, alone.id])
    expect(await problemOf(await revoke(member.token, id))).toEqual([404, "not_found"]);
  expect((await api("/jobs", { key: theirs.secret ?? "" })).status).toBe(200);
  expect((await api("/jobs", { key: alone.secret })).status).toBe(200);
});

it("grants no more than they have, and names no tenant", async () => {
  expect(await problemOf(await make(member.token, { name: "x", role: "admin" }))).toEqual([403, "forbidden"]);
  expect((await made(member.token, { name: "x", role: "viewer", scopes: ["jobs:read"] })).scopes).toEqual([
    "jobs:read",
  ]);
  expect(await problemOf(await make(member.token, { name: "x", tenantId: tenant.tenantId }))).toEqual([
    422,
    "invalid_request",
  ]);
});

it("has room for so many that hold: one revoked, or expired, makes room for the next", async () => {
  const { id } = await newUser(tenant, "many@example.com", "member");
  const { accessToken } = await signIn("many@example.com");
  const day = { expiresAt: Date.now() + 86_400_000 };
  const ask = () => make(accessToken, { name: "one of many", ...day });
  const answers = await Promise.all(Array.from({ length: limits.keysPerPerson + 3 }, ask));
  expect(answers.filter(({ status }) => status === 201).length).toBe(limits.keysPerPerson);
  const refused = answers.filter(({ status }) => status !== 201);
  expect(await Promise.all(refused.map(problemOf))).toEqual(refused.map(() => [409, "too_many_keys"]));
  // Whoever else is in the tenant has room of their own.
  expect((await make(member.token, { name: "still mine" })).status).toBe(201);

  const { items } = await listed(accessToken);
  expect((await revoke(accessToken, items[0]?.id ?? "")).status).toBe(204);
  const again = { "idempotency-key": "the-last-one" };
  const last = await make(accessToken, { name: "last", ...day }, again);
  expect(last.status).toBe(201);
  expect(await problemOf(await ask())).toEqual([409, "too_many_keys"]);
  expect((await make(accessToken, { name: "last", ...day }, again)).status).toBe(201);
  await env.DB.prepare("UPDATE api_keys SET expiresAt = 1 WHERE makerId = ? AND name = 'last'").bind(id).run();
  expect((await ask()).status).toBe(201);
});

it("is for people: a key makes none this way, not even one that hangs on somebody", async () => {
  const key = await made(member.token);
  for (const secret of [tenant.secret, key.secret ?? ""]) {
    expect(await problemOf(await make(secret, { name: "x" }))).toEqual([403, "forbidden"]);
    expect(await problemOf(await api("/auth/keys", { key: secret }))).toEqual([403, "forbidden"]);
    expect(await problemOf(await revoke(secret, key.id))).toEqual([403, "forbidden"]);
  }
});

it("makes one however often it is asked with the same Idempotency-Key, and none of another's", async () => {
  const again = { "idempotency-key": "once" };
  const [first, second] = [
    await make(member.token, { name: "i" }, again),
    await make(member.token, { name: "i" }, again),
  ];
  const [one, two] = [ApiKeyCreated.parse(await first.json()), ApiKeyCreated.parse(await second.json())];
  expect([two.id, two.secret]).toEqual([one.id, null]);
  const third = ApiKeyCreated.parse(await (await make(other.token, { name: "i" }, again)).json());
  expect(third.makerId).toBe(other.id);
});
