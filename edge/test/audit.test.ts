import { env } from "cloudflare:workers";
import { type AuditAction, AuditRecord } from "@reelway/shared/contracts/audit";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { api } from "./support/api.ts";
import { bootstrapped, newKey, newTenantKey, type TestKey } from "./support/tenants.ts";
import { newUser, password, signIn, tryLogin } from "./support/users.ts";

const Page = z.object({ items: z.array(AuditRecord), nextCursor: z.string().nullable() });
// Every password costs its memory and time, on whatever else the machine does.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let platform: TestKey;
let tenant: TestKey;

beforeAll(async () => {
  platform = await bootstrapped();
  tenant = await newTenantKey(platform, "one");
});

const listed = async (key: TestKey, query = "") =>
  Page.parse(await (await api(`/audit?limit=100${query}`, { key: key.secret })).json()).items;
const rowsNow = async () => Number(await env.DB.prepare("SELECT count(*) AS n FROM audit_log").first("n"));

describe("every change", () => {
  it("leaves one line: who, what, when, from where; and what was refused leaves none", {
    timeout: 60_000,
  }, async () => {
    const t = await newTenantKey(platform, "audited");
    const from = { "cf-connecting-ip": "203.0.113.9", "cf-ipcountry": "JP" };
    const send = async (method: string, path: string, body: unknown, key = t.secret) => {
      const before = await rowsNow();
      const response = await api(path, { method, key, headers: from, ...(body === undefined ? {} : { body }) });
      const text = await response.text();
      const { results } = await env.DB.prepare(
        "SELECT action, resource, detail, actorKind, actorId, ip, country, requestId FROM audit_log ORDER BY sequence DESC LIMIT ?",
      )
        .bind((await rowsNow()) - before)
        .all<Record<string, unknown>>();
      const answer: unknown = text === "" ? {} : JSON.parse(text);
      return {
        status: response.status,
        answer: z.record(z.string(), z.unknown()).parse(answer),
        lines: results,
        requestId: response.headers.get("x-request-id"),
      };
    };
    const told = async (action: AuditAction, sent: Awaited<ReturnType<typeof send>>, actorId = t.id) => {
      expect([action, sent.status < 300, sent.lines.length]).toEqual([action, true, 1]);
      expect(sent.lines[0]).toMatchObject({
        action,
        actorKind: "api_key",
        actorId,
        ip: from["cf-connecting-ip"],
        country: "JP",
        requestId: sent.requestId,
      });
    };
    const key = await send("POST", "/keys", { name: "k", role: "viewer" });
    await told("key.create", key);
    await told("key.revoke", await send("DELETE", `/keys/${key.answer.id}`, undefined));
    const invitation = await send("POST", "/invitations", { email: "line@example.com" });
    await told("invitation.create", invitation);
    await told("invitation.revoke", await send("DELETE", `/invitations/${invitation.answer.id}`, undefined));
    const user = await newUser(t, "line@example.com");
    await told("user.update", await send("PATCH", `/users/${user.id}`, { role: "viewer" }));
    await told("user.disable", await send("PATCH", `/users/${user.id}`, { disabled: true }));
    await told("user.enable", await send("PATCH", `/users/${user.id}`, { disabled: false }));
    await told("invitation.create", await send("POST", `/users/${user.id}/password-reset`, undefined));

    const byPlatform = (method: string, path: string, body?: unknown) => send(method, path, body, platform.secret);
    const made = await byPlatform("POST", "/tenants", { name: "more" });
    await told("tenant.create", made, platform.id);
    await told(
      "tenant.update",
      await byPlatform("PATCH", `/tenants/${made.answer.id}`, { sourceRetentionDays: 7 }),
      platform.id,
    );
    const token = await byPlatform("POST", "/runners/tokens", {});
    await told("registration_token.create", token, platform.id);
    const registration = { token: token.answer.token, name: "host", region: "weur", protocol: 1, version: "1.0.0" };
    const runner = await byPlatform("POST", "/runners/register", registration);
    expect(runner.lines).toMatchObject([
      { action: "runner.register", actorKind: "anonymous", resource: runner.answer.runnerId },
    ]);
    await told(
      "registration_token.revoke",
      await byPlatform("DELETE", `/runners/tokens/${token.answer.id}`),
      platform.id,
    );
    const changed = await byPlatform("PATCH", `/runners/${runner.answer.runnerId}`, { name: "rack", slots: 2 });
    await told("runner.update", changed, platform.id);
    expect(changed.lines).toMatchObject([{ detail: JSON.stringify({ name: "rack", slots: 2 }) }]);
    await told("runner.revoke", await byPlatform("DELETE", `/runners/${runner.answer.runnerId}`), platform.id);

    // Repeats of what is done already, and refusals.
    const silent = [
      await send("DELETE", `/keys/${key.answer.id}`, undefined),
      await send("DELETE", `/invitations/${invitation.answer.id}`, undefined),
      await byPlatform("DELETE", `/runners/tokens/${token.answer.id}`),
      await byPlatform("DELETE", `/runners/${runner.answer.runnerId}`),
      await send("POST", "/tenants", { name: "no" }),
      await send("PATCH", `/tenants/${made.answer.id}`, { name: "no" }),
      await send("POST", "/keys", { name: "x", role: "nobody" }),
      await send("PATCH", `/users/usr_01arz3ndektsv4rrffq69g5fav`, { name: "no" }),
      await send("POST", "/invitations", { email: "line@example.com" }),
      await byPlatform("DELETE", `/keys/${platform.id}`),
      await byPlatform("POST", "/runners/register", registration),
      await byPlatform("POST", "/bootstrap", { token: env.BOOTSTRAP_TOKEN }),
    ];
    expect(silent.map(({ lines }) => lines)).toEqual(silent.map(() => []));
  });

  it("is repeated by an Idempotency-Key without a second line", async () => {
    const headers = { "idempotency-key": "once" };
    const before = await rowsNow();
    for (let n = 0; n < 3; n++) {
      await api("/keys", { method: "POST", key: tenant.secret, headers, body: { name: "idem" } });
      await api("/runners/tokens", { method: "POST", key: platform.secret, headers, body: {} });
      await api("/tenants", { method: "POST", key: platform.secret, headers, body: { name: "idem" } });
    }
    expect((await rowsNow()) - before).toBe(3);
  });

  it("of a person's sessions is told in their tenant's log, and refusals of nobody in the platform's", async () => {
    const user = await newUser(tenant, "person@example.com");
    const { accessToken, sessionId } = await signIn("person@example.com");
    await tryLogin("person@example.com", "wrong password");
    await tryLogin("nobody@example.com", "wrong password");
    await api("/auth/logout", { method: "POST", key: accessToken });
    const lines = (await listed(tenant)).filter(({ action }) => action.startsWith("session."));
    expect(lines).toMatchObject([
      { action: "session.revoke", resource: sessionId, actor: "user", actorId: user.id },
      { action: "session.refuse", resource: user.id, actor: "anonymous", detail: { reason: "wrong_password" } },
      { action: "session.create", resource: sessionId, actor: "user", actorId: user.id },
    ]);
    const unknown = (await listed(platform, "&action=session.refuse"))[0];
    expect(unknown).toMatchObject({ resource: null, detail: { reason: "unknown_account" } });
    const dump = JSON.stringify(await env.DB.prepare("SELECT * FROM audit_log").all());
    for (const secret of [password, "wrong password", accessToken, tenant.secret]) expect(dump).not.toContain(secret);
  });
});

describe("the list", () => {
  it("shows a tenant its own lines, newest first, by filter and page", async () => {
    const t = await newTenantKey(platform, "listed");
    const keys = [await newKey(t, { name: "a", role: "viewer" }), await newKey(t, { name: "b", role: "viewer" })];
    await api(`/keys/${keys[0]?.id}`, { method: "DELETE", key: t.secret });
    const all = await listed(t);
    expect(all.map(({ action }) => action)).toEqual([
      "key.revoke",
      "key.create",
      "key.create",
      "key.create",
      "tenant.create",
    ]);
    expect(await listed(t, `&resource=${keys[0]?.id}`)).toHaveLength(2);
    expect(await listed(t, "&action=key.revoke")).toHaveLength(1);
    expect(await listed(t, `&actorId=${t.id}`)).toHaveLength(3);
    expect(await listed(t, `&after=${Date.now() + 1_000}`)).toEqual([]);
    expect(await listed(t, "&before=1000")).toEqual([]);
    const first = Page.parse(await (await api("/audit?limit=3", { key: t.secret })).json());
    const second = Page.parse(await (await api(`/audit?limit=3&cursor=${first.nextCursor}`, { key: t.secret })).json());
    expect([...first.items, ...second.items]).toEqual(all);
    expect((await api(`/audit?limit=3&cursor=${first.nextCursor}`, { key: tenant.secret })).status).toBe(422);
    expect((await api(`/audit?tenantId=${t.tenantId}`, { key: tenant.secret })).status).toBe(403);
    expect(await listed(platform, `&tenantId=${t.tenantId}`)).toEqual(all);
    const member = await newKey(t, { name: "m", role: "member" });
    expect((await api("/audit", { key: member.secret })).status).toBe(403);
  });
});
