import { env } from "cloudflare:workers";
import type { SessionTokens } from "@reelway/shared/contracts/session";
import { exportJWK, generateKeyPair, importJWK, type JWTPayload, SignJWT } from "jose";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { rotateSigningKey, signingKey, tendSigningKeys, verificationKey } from "../src/auth/signing-keys.ts";
import { signLease } from "../src/leases/token.ts";
import { settingsOf } from "../src/settings.ts";
import { listSigningKeys } from "../src/store/signing-keys.ts";
import { api, call } from "./support/api.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";
import { newUser, signIn } from "./support/users.ts";

const settings = settingsOf(env);
// Every password costs its memory and time, on whatever else the machine does.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let platform: TestKey;
let tenant: TestKey;
let tokens: SessionTokens;
let payload: JWTPayload;
let kid: string;

beforeAll(async () => {
  platform = await bootstrapped();
  tenant = await newTenantKey(platform, "one");
  await newUser(tenant, "jwt@example.com", "admin");
  tokens = await signIn("jwt@example.com");
  const [header, body] = tokens.accessToken
    .split(".")
    .map((part) => atob(part.replaceAll("-", "+").replaceAll("_", "/")));
  payload = JSON.parse(body ?? "");
  kid = z.object({ kid: z.string() }).parse(JSON.parse(header ?? "")).kid;
});

const encode = (value: unknown) =>
  btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const status = async (token: string) => (await api("/auth/me", { key: token })).status;

/** A token of ours with one thing changed, signed with our own key: only the change can be why it is refused. */
async function ours(claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> {
  const { key } = await signingKey(env, settings, Date.now());
  const kept = Object.fromEntries(Object.entries({ ...payload, ...claims }).filter(([, value]) => value !== undefined));
  return new SignJWT(kept).setProtectedHeader({ alg: "EdDSA", kid, typ: "at+jwt", ...header }).sign(key);
}

describe("an access token", () => {
  it("is an EdDSA JWT of ten minutes with what the API needs, and no more", () => {
    expect(payload).toMatchObject({
      iss: settings.publicUrl,
      aud: "reelway-api",
      sub: tokens.user.id,
      tid: tenant.tenantId,
      sid: tokens.sessionId,
      ver: 1,
    });
    expect(Object.keys(payload).sort()).toEqual(["aud", "exp", "iat", "iss", "sid", "sub", "tid", "ver"]);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
    expect(kid).toMatch(/^[a-z0-9]{8,32}$/);
  });

  it("made by us is accepted", async () => {
    expect(await status(tokens.accessToken)).toBe(200);
    expect(await status(await ours({}))).toBe(200);
  });

  it("of no algorithm is refused", async () => {
    for (const alg of ["none", "None", "NONE", ""]) {
      const head = encode({ alg, kid, typ: "at+jwt" });
      expect(await status(`${head}.${encode(payload)}.`)).toBe(401);
      expect(await status(`${head}.${encode(payload)}.${tokens.accessToken.split(".")[2]}`)).toBe(401);
    }
  });

  it("signed with the public key as an HMAC secret is refused", async () => {
    const { keys } = await (await call("/.well-known/jwks.json")).json<{ keys: { x: string }[] }>();
    const x = Uint8Array.from(atob((keys[0]?.x ?? "").replaceAll("-", "+").replaceAll("_", "/")), (c) =>
      c.charCodeAt(0),
    );
    for (const secret of [x, new TextEncoder().encode(JSON.stringify(keys[0])), new TextEncoder().encode(keys[0]?.x)]) {
      const forged = await new SignJWT(payload).setProtectedHeader({ alg: "HS256", kid, typ: "at+jwt" }).sign(secret);
      expect(await status(forged)).toBe(401);
    }
  });

  it("signed with a stranger's key is refused, also when it brings the key along", async () => {
    const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
    const jwk = await exportJWK(publicKey);
    for (const header of [
      {},
      { jwk },
      { jku: "https://evil.example/jwks.json" },
      { x5u: "https://evil.example/x" },
      { crit: ["b64"], b64: true },
    ]) {
      const sign = () =>
        new SignJWT(payload).setProtectedHeader({ alg: "EdDSA", kid, typ: "at+jwt", ...header }).sign(privateKey);
      expect([await status(await sign()), header]).toEqual([401, header]);
    }
  });

  it("with another kid is refused", async () => {
    const bad = [
      "../../etc/passwd",
      "/dev/null",
      "' OR 1=1 --",
      "abcdef",
      "f".repeat(33),
      "ABCDEF0123456789",
      "0123456789abcdef",
      "__proto__",
      "constructor",
    ];
    for (const other of bad) expect([await status(await ours({}, { kid: other })), other]).toEqual([401, other]);
    const none = await new SignJWT(payload)
      .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt" })
      .sign((await signingKey(env, settings, Date.now())).key);
    expect(await status(none)).toBe(401);
    for (const other of [7, null, ["a"], { a: 1 }, undefined])
      expect(await verificationKey(env, settings, other, Date.now())).toBeUndefined();
  });

  it("for another audience, issuer or purpose is refused", async () => {
    for (const claims of [
      { aud: "other" },
      { aud: undefined },
      { iss: "https://evil.example" },
      { iss: undefined },
      { iss: `${settings.publicUrl}/` },
    ])
      expect([await status(await ours(claims)), claims]).toEqual([401, claims]);
    for (const typ of ["JWT", "lease+jwt", undefined])
      expect([await status(await ours({}, { typ })), typ]).toEqual([401, typ]);
  });

  it("without or past its time is refused", async () => {
    const now = Math.floor(Date.now() / 1_000);
    for (const claims of [
      { exp: undefined },
      { exp: now - 1 },
      { exp: "tomorrow" },
      { iat: undefined },
      { iat: now - 601, exp: now + 60 },
      { iat: now + 3_600, exp: now + 7_200 },
      { nbf: now + 60 },
    ])
      expect([await status(await ours(claims)), claims]).toEqual([401, claims]);
  });

  it("that names no session, or another user, tenant or version of it, is refused", async () => {
    const other = await newUser(tenant, "other@example.com", "viewer");
    for (const claims of [
      { sid: undefined },
      { sid: "ses_01arz3ndektsv4rrffq69g5fav" },
      { sub: other.id },
      { sub: undefined },
      { tid: platform.tenantId },
      { tid: undefined },
      { ver: 2 },
      { ver: 0 },
      { ver: "1" },
      { ver: undefined },
    ]) {
      const token = await ours(claims);
      expect([await status(token), claims]).toEqual([401, claims]);
      // Not even with the right one in memory.
      expect(await status(tokens.accessToken)).toBe(200);
      expect([await status(token), claims]).toEqual([401, claims]);
    }
  });

  it("can't be a lease token, a cursor or half a token", async () => {
    const claims = {
      version: 1,
      runnerId: "run_01arz3ndektsv4rrffq69g5fav_weur",
      taskId: "tsk_01arz3ndektsv4rrffq69g5fav_weur_0",
      jobId: "job_01arz3ndektsv4rrffq69g5fav_weur",
      tenantId: tenant.tenantId,
      region: "weur",
      run: 1,
      attempt: 1,
      epoch: 1,
      leasedAt: 1,
      prefix: "p/",
      expiresAt: Date.now() + 60_000,
    } as const;
    expect(await status(await signLease(settings, claims))).toBe(401);
    const [head, body, signature] = tokens.accessToken.split(".");
    for (const text of [
      `${head}.${body}`,
      `${head}.${body}.`,
      `.${body}.${signature}`,
      `${head}.${body}.${signature}.${signature}`,
      "a.b.c",
      `${head}.${"A".repeat(5_000)}.${signature}`,
    ])
      expect(await status(text)).toBe(401);
  });

  it("of another installation is refused, though all else is the same", async () => {
    const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
    const foreign = await new SignJWT(payload)
      .setProtectedHeader({ alg: "EdDSA", kid, typ: "at+jwt" })
      .sign(privateKey);
    expect(await status(foreign)).toBe(401);
    expect(await status(await ours({ iss: "https://staging.example.com" }))).toBe(401);
  });
});

describe("signing keys", () => {
  it("are published without their private half, which D1 holds only encrypted", async () => {
    const text = await (await call("/.well-known/jwks.json")).text();
    expect(JSON.parse(text)).toMatchObject({ keys: [{ kty: "OKP", crv: "Ed25519", kid, alg: "EdDSA", use: "sig" }] });
    expect(text).not.toContain('"d"');
    const rows = await listSigningKeys(env, Date.now());
    expect(rows[0]?.encryptedPrivateJwk).toMatch(/^v1\./);
    const jwk = JSON.parse(rows[0]?.publicJwk ?? "");
    await expect(importJWK(jwk, "EdDSA")).resolves.toBeTruthy();
  });

  it("are replaced once, however many rotate at once; the old one verifies on", async () => {
    const before = (await listSigningKeys(env, Date.now())).map((row) => row.kid);
    const rotated = await Promise.all(Array.from({ length: 20 }, () => rotateSigningKey(env, settings, Date.now())));
    const kids = new Set(rotated.map((row) => row.kid));
    const rows = await listSigningKeys(env, 0);
    expect(rows.filter(({ retiredAt }) => retiredAt === null)).toHaveLength(1);
    // Those that began after the winner had finished may rotate once more; each answers a key that exists.
    for (const each of kids) expect(rows.map((row) => row.kid)).toContain(each);
    expect(rows.map((row) => row.kid)).toEqual(expect.arrayContaining(before));
    expect(await status(tokens.accessToken)).toBe(200);
    expect((await signingKey(env, settings, Date.now())).kid).not.toBe(kid);
    expect(await status((await signIn("jwt@example.com")).accessToken)).toBe(200);
  });

  it("rotate by age in the sweep, and are forgotten when their last token is over", async () => {
    const now = Date.now();
    const [current] = await listSigningKeys(env, now);
    await tendSigningKeys(env, settings, now);
    expect((await listSigningKeys(env, now))[0]?.kid).toBe(current?.kid);
    const later = (current?.createdAt ?? 0) + settings.signingKeyMs;
    await Promise.all(Array.from({ length: 8 }, () => tendSigningKeys(env, settings, later)));
    const rows = await listSigningKeys(env, 0);
    // One new key, though each of them wanted to replace the old one; those that were retired long ago are forgotten.
    expect(rows.map(({ kid, retiredAt }) => [kid === current?.kid, retiredAt])).toEqual([
      [false, null],
      [true, later],
    ]);
    await tendSigningKeys(env, settings, later + settings.accessTokenMs);
    expect((await listSigningKeys(env, 0)).map((row) => row.kid)).toContain(current?.kid);
    await tendSigningKeys(env, settings, later + settings.accessTokenMs + 60_000);
    expect((await listSigningKeys(env, 0)).map((row) => row.kid)).not.toContain(current?.kid);
  });

  it("are replaced when ENCRYPTION_SECRET is, so that the old secret may be dropped", async () => {
    const newSecret = "a new secret of this installation, long enough";
    const both = { ...settings, encryptionSecrets: [newSecret, ...settings.encryptionSecrets] };
    const [old] = await listSigningKeys(env, Date.now());
    await tendSigningKeys(env, both, Date.now());
    await tendSigningKeys(env, both, Date.now());
    const [current, ...others] = await listSigningKeys(env, Date.now() - 1_000);
    expect(others.map(({ kid }) => kid)).toContain(old?.kid);
    const dropped = { ...settings, encryptionSecrets: [newSecret] };
    expect((await signingKey(env, dropped, Date.now())).kid).toBe(current?.kid);
    expect(await status((await signIn("jwt@example.com")).accessToken)).toBe(200);
    // Back to the secret that the Worker has.
    await tendSigningKeys(env, settings, Date.now());
    expect(await status((await signIn("jwt@example.com")).accessToken)).toBe(200);
  });

  it("are rotated by platform admins alone", async () => {
    const rotate = (key: string) => api("/auth/signing-keys/rotate", { method: "POST", key });
    expect((await rotate(tenant.secret)).status).toBe(403);
    const answer = await rotate(platform.secret);
    const { kid: fresh } = await answer.json<{ kid: string }>();
    expect([answer.status, fresh]).toEqual([200, (await signingKey(env, settings, Date.now())).kid]);
    const told = env.DB.prepare(
      "SELECT actorId FROM audit_log WHERE action = 'signing_key.rotate' AND resource = ?",
    ).bind(fresh);
    expect(await told.first("actorId")).toBe(platform.id);
  });
});
