import { env } from "cloudflare:workers";
import { limits } from "@reelway/shared/limits";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { limitTries } from "../src/sessions/login-limit.ts";
import { tendSessions } from "../src/sessions/tend-sessions.ts";
import { settingsOf } from "../src/settings.ts";
import { api } from "./support/api.ts";
import { problemOf } from "./support/assets.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";
import { newUser, password, signIn, somewhere, tryLogin } from "./support/users.ts";

// Every password costs its memory and time, on whatever else the machine does.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let tenant: TestKey;

beforeAll(async () => {
  tenant = await newTenantKey(await bootstrapped(), "one");
});

describe("a login", () => {
  it("is refused unread after ten failures from one network, for that account and network alone", {
    timeout: 60_000,
  }, async () => {
    await newUser(tenant, "target@example.com");
    await newUser(tenant, "neighbour@example.com");
    const from = somewhere();
    const statuses: number[] = [];
    for (let n = 0; n < 11; n++) statuses.push((await tryLogin("target@example.com", "wrong password", from)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    const blocked = await tryLogin("target@example.com", password, from);
    expect(await problemOf(blocked.clone())).toEqual([429, "rate_limited"]);
    expect(Number(blocked.headers.get("retry-after"))).toBeGreaterThan(500);
    expect((await tryLogin("neighbour@example.com", password, from)).status).toBe(200);
    expect((await tryLogin("target@example.com")).status).toBe(200);
    await env.DB.prepare("UPDATE login_failures SET since = since - ?").bind(limits.loginWindowMs).run();
    expect((await tryLogin("target@example.com", password, from)).status).toBe(200);
  });

  it("many at once can't pass the limit together", async () => {
    await newUser(tenant, "burst@example.com");
    const from = somewhere();
    const all = await Promise.all(
      Array.from({ length: 30 }, () => tryLogin("burst@example.com", "wrong password", from)),
    );
    expect(all.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(all.filter(({ status }) => status === 429)).toHaveLength(20);
  });

  it("counts with the guesses at one's own old password", async () => {
    await newUser(tenant, "guessed@example.com");
    const { accessToken } = await signIn("guessed@example.com");
    const from = somewhere();
    const guess = async () => {
      const body = { currentPassword: "wrong password", newPassword: "a brand new password" };
      return (await api("/auth/password", { method: "POST", key: accessToken, body, headers: from })).status;
    };
    const statuses: number[] = [];
    for (let n = 0; n < 11; n++) statuses.push(await guess());
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 422), 429]);
    expect((await tryLogin("guessed@example.com", password, from)).status).toBe(429);
  });
});

// Without the hashing, which would take minutes.
describe("a try", () => {
  const settings = settingsOf(env);
  const from = () => somewhere()["cf-connecting-ip"] ?? null;
  const allowed = (email: string, ip: string | null) =>
    limitTries(env, settings, { email, ip, now: Date.now() }).then(
      () => true,
      (error: unknown) => {
        expect(error).toMatchObject({ code: "rate_limited" });
        return false;
      },
    );

  it("that succeeded is no failure", async () => {
    const here = from();
    for (let n = 0; n < limits.loginsPerAddress + 2; n++) {
      const { succeeded } = await limitTries(env, settings, { email: "often@example.com", ip: here, now: Date.now() });
      await succeeded();
    }
    expect(await allowed("seldom@example.com", here)).toBe(true);
  });

  it("from IPv6 counts by the /64", async () => {
    for (let n = 1; n <= limits.loginsPerAccountAndAddress; n++)
      expect(await allowed("six@example.com", `2001:db8:1:2::${n}`)).toBe(true);
    expect(await allowed("six@example.com", "2001:db8:1:2:ffff::1")).toBe(false);
    expect(await allowed("six@example.com", "2001:db8:1:3::1")).toBe(true);
  });

  it("is not refused to others by what one network sends after it is refused itself", async () => {
    const here = from();
    const tries = Array.from({ length: limits.loginsPerAccount + 20 }, () => allowed("victim@example.com", here));
    expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(limits.loginsPerAccountAndAddress);
    expect(await allowed("victim@example.com", from())).toBe(true);
  });

  it("is refused to everyone once too many networks guess at one account", async () => {
    const many = Array.from({ length: limits.loginsPerAccount }, () => allowed("popular@example.com", from()));
    expect(await Promise.all(many)).not.toContain(false);
    expect(await allowed("popular@example.com", from())).toBe(false);
    expect(await allowed("unpopular@example.com", from())).toBe(true);
  });

  it("is refused to one network once it has guessed at too many accounts", async () => {
    const here = from();
    const spray = Array.from({ length: limits.loginsPerAddress }, (_, n) => allowed(`user${n}@example.com`, here));
    expect(await Promise.all(spray)).not.toContain(false);
    expect(await allowed("another@example.com", here)).toBe(false);
    expect(await allowed("another@example.com", from())).toBe(true);
  });

  it("leaves neither addresses nor networks in the counters, and counters of the past are forgotten", async () => {
    const dump = JSON.stringify(await env.DB.prepare("SELECT * FROM login_failures").all());
    expect(dump).toContain("subject");
    expect(dump).not.toMatch(/example\.com|10\.\d+\.|2001:db8/);
    await tendSessions(env, Date.now() + limits.loginWindowMs);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM login_failures").first("n")).toBe(0);
  });
});
