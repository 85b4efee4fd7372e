import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { newRegionalId } from "@reelway/shared/ids";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../src/app.ts";
import { crc32 } from "../src/auth/crc32.ts";
import { signPlayback } from "../src/playback/token.ts";
import { refuseUntil } from "../src/safety/addresses-in-check.ts";
import { addressKey } from "../src/safety/caller-address.ts";
import { settingsOf } from "../src/settings.ts";
import { api } from "./support/api.ts";
import { signInBrowser } from "./support/browser.ts";
import { makeRunner } from "./support/fleet.ts";
import { bootstrapped, newKey, type TestKey } from "./support/tenants.ts";

const app = createApp();
let admin: TestKey;
let databaseCalls = 0;
/** The Worker's own bindings with the limits on, and its database counted. */
const limited = {
  ...env,
  RATE_LIMITS: "on",
  DB: new Proxy(env.DB, {
    get(target, name) {
      databaseCalls++;
      return Reflect.get(target, name).bind(target);
    },
  }),
};

beforeAll(async () => {
  admin = await bootstrapped();
});

interface Sent {
  readonly ip: string;
  readonly method?: string;
  readonly authorization?: string;
  readonly cookie?: string;
  readonly body?: object;
}

function send(path: string, { ip, method = "GET", authorization, cookie, body }: Sent): Response | Promise<Response> {
  const request = new Request(`https://reelway.test${path}`, {
    method,
    headers: {
      "cf-connecting-ip": ip,
      ...(authorization === undefined ? {} : { authorization }),
      ...(cookie === undefined ? {} : { cookie }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return app.fetch(request, limited, createExecutionContext());
}

/** Answers of so many requests in turn, by status. */
async function statuses(count: number, ask: (index: number) => Response | Promise<Response>) {
  const counts: Record<number, number> = {};
  let last: Response | undefined;
  for (let index = 0; index < count; index++) {
    last = await ask(index);
    counts[last.status] = (counts[last.status] ?? 0) + 1;
  }
  return { counts, last };
}

/**
 * What an experiment found that ran within one window of a limit: the windows follow the clock, and counts begin anew in
 * each. One that crossed a border is done again, by another caller.
 */
async function withinOneWindow<Found>(periodSeconds: number, experiment: (attempt: number) => Promise<Found>) {
  const window = () => Math.floor(Date.now() / (periodSeconds * 1_000));
  for (let attempt = 0; ; attempt++) {
    const begun = window();
    const found = await experiment(attempt);
    if (window() === begun || attempt === 5) return found;
  }
}

/** A credential of the right form, with the right checksum, that was never handed out. */
function forged(index: number): string {
  const id = String(index).padStart(26, "0");
  const text = `rw_${env.ENVIRONMENT}_${id}_${"x".repeat(43)}`;
  return `Bearer ${text}_${crc32(text)}`;
}

describe("requests without a credential", () => {
  it("are limited by address, say when to come back, and reach no store when refused", async () => {
    const { first, later, calls } = await withinOneWindow(10, async (attempt) => {
      const ip = `203.0.113.1${attempt}`;
      const first = await statuses(300, () => send("/api/v1/jobs", { ip }));
      databaseCalls = 0;
      return { first, later: await statuses(50, () => send("/readyz", { ip })), calls: databaseCalls };
    });
    expect(first.counts).toEqual({ 401: 300 });
    expect(later.counts).toEqual({ 429: 50 });
    expect(calls).toBe(0);
    expect(later.last?.headers.get("retry-after")).toBe("10");
    expect(await later.last?.json()).toMatchObject({ code: "rate_limited", status: 429 });
    expect((await send("/healthz", { ip: "203.0.113.2" })).status).toBe(200);
  });

  it("that show junk are counted as such, without a look into the store", async () => {
    databaseCalls = 0;
    const junk = (index: number) => `${forged(index).slice(0, -1)}z`;
    const { counts } = await withinOneWindow(10, (attempt) =>
      statuses(400, (index) => send("/api/v1/jobs", { ip: `203.0.113.3${attempt}`, authorization: junk(index) })),
    );
    expect(counts).toEqual({ 401: 300, 429: 100 });
    expect(databaseCalls).toBe(0);
  });

  it("of one IPv6 network count together, however many addresses it takes", async () => {
    const { counts, neighbour } = await withinOneWindow(10, async (attempt) => {
      const network = `2001:db8:1:${attempt}`;
      const rotating = (index: number) => send("/healthz", { ip: `${network}::${index.toString(16)}` });
      const { counts } = await statuses(400, rotating);
      return { counts, neighbour: await send("/healthz", { ip: "2001:db8:1:f::1" }) };
    });
    expect(counts).toEqual({ 200: 300, 429: 100 });
    expect(neighbour.status).toBe(200);
  });

  it("of a whole /48 get a bounded number of shares", () => {
    const keys = new Set(
      Array.from({ length: 5_000 }, (_, index) => addressKey(`2001:db8:9:${index.toString(16)}::1`)),
    );
    expect(keys.size).toBe(16);
    expect(addressKey("2001:db8:a::1")).not.toBe(addressKey("2001:db8:9::1"));
    expect(addressKey("::ffff:203.0.113.9")).toBe("203.0.113.9");
    expect(addressKey(null)).toBe("unknown");
  });
});

describe("credentials that are bad", () => {
  it("are counted by address too, and soon cost no look-up; a good one from the same address goes on", async () => {
    const bad = (ip: string, index: number) => send("/api/v1/jobs", { ip, authorization: forged(index) });
    const { good, counts, later, calls } = await withinOneWindow(10, async (attempt) => {
      const ip = `203.0.113.4${attempt}`;
      const good = { ip, authorization: `Bearer ${admin.secret}` };
      expect((await send("/api/v1/presets", good)).status).toBe(200);
      const { counts } = await statuses(400, (index) => bad(ip, index));
      databaseCalls = 0;
      const later = await statuses(20, (index) => bad(ip, index));
      return { good, counts, later: later.counts, calls: databaseCalls };
    });
    expect(counts).toEqual({ 401: 301, 429: 99 });
    expect(later).toEqual({ 429: 20 });
    expect(calls).toBe(0);
    expect((await send("/api/v1/presets", good)).status).toBe(200);
    expect((await send("/api/v1/presets", { ...good, ip: "203.0.113.5" })).status).toBe(200);
  });
});

describe("a credential that was good", () => {
  it("is no pass any more once it was refused", async () => {
    const key = await newKey(admin, { name: "leaves", role: "member" });
    const ip = "203.0.113.60";
    const asked = () => send("/api/v1/presets", { ip, authorization: `Bearer ${key.secret}` });
    expect((await asked()).status).toBe(200);
    await api(`/keys/${key.id}`, { method: "DELETE", key: admin.secret });
    expect((await asked()).status).toBe(401);
    refuseUntil(ip, Date.now() + 60_000);
    expect((await asked()).status).toBe(429);
  });
});

describe("where secrets are shown", () => {
  it.each(["/api/v1/bootstrap", "/api/v1/runners/register", "/api/v1/invitations/accept", "/api/v1/auth/login"])(
    "POST %s is limited more tightly, whatever is sent along",
    async (path) => {
      const { counts } = await withinOneWindow(60, (attempt) =>
        statuses(40, (index) =>
          send(path, {
            ip: `198.51.${attempt}.${path.length}`,
            method: "POST",
            body: {},
            ...(index % 2 ? { authorization: forged(index) } : {}),
          }),
        ),
      );
      expect(counts[429]).toBe(10);
    },
  );
});

describe("known callers", () => {
  it("have their own limit each, not their address's", async () => {
    const ip = "203.0.113.6";
    const runner = await makeRunner("weur");
    const { counts } = await statuses(350, () =>
      send("/api/v1/presets", { ip, authorization: `Bearer ${admin.secret}` }),
    );
    expect(counts).toEqual({ 200: 350 });
    expect((await send("/api/v1/presets", { ip, authorization: runner.authorization })).status).toBe(403);
  });

  it("are refused beyond it, by the id behind the credential and not by what anybody may claim", async () => {
    let asked: string[] = [];
    const full = {
      limit: async ({ key }: { key: string }) => {
        asked.push(key);
        return { success: false };
      },
    };
    const request = (authorization: string) =>
      app.fetch(
        new Request("https://reelway.test/api/v1/presets", {
          headers: { authorization, "cf-connecting-ip": "203.0.113.7" },
        }),
        { ...limited, RATE_LIMIT_CALLER: full },
        createExecutionContext(),
      );
    const refused = await request(`Bearer ${admin.secret}`);
    expect([refused.status, refused.headers.get("retry-after"), asked]).toEqual([429, "10", [admin.id]]);
    asked = [];
    expect((await request(forged(1))).status).toBe(401);
    expect(asked).toEqual([]);
  });
});

describe("browsers that are signed in", () => {
  it("count as the key that they are signed in with, not as their address", async () => {
    const ip = "203.0.113.90";
    const { cookie } = await signInBrowser({ key: admin.secret });
    expect((await statuses(350, () => send("/api/v1/presets", { ip, cookie }))).counts).toEqual({ 200: 350 });
    const asked: string[] = [];
    const full = {
      limit: async ({ key }: { key: string }) => {
        asked.push(key);
        return { success: false };
      },
    };
    const headers = { cookie, "cf-connecting-ip": ip };
    const request = new Request("https://reelway.test/api/v1/presets", { headers });
    const refused = await app.fetch(request, { ...limited, RATE_LIMIT_CALLER: full }, createExecutionContext());
    expect([refused.status, asked]).toEqual([429, [admin.id]]);
  });

  it("count by address where the cookie is made up, without a look into the store", async () => {
    databaseCalls = 0;
    const cookie = `__Host-reelway_session=${forged(1).slice("Bearer ".length)}`;
    const { counts } = await withinOneWindow(10, (attempt) =>
      statuses(310, () => send("/api/v1/jobs", { ip: `203.0.113.10${attempt}`, cookie })),
    );
    expect(counts).toEqual({ 401: 300, 429: 10 });
    expect(databaseCalls).toBe(0);
  });

  it("are limited as tightly as a login where they sign in", async () => {
    const { counts } = await withinOneWindow(60, (attempt) =>
      statuses(40, () =>
        send("/api/v1/auth/browser-session", { ip: `198.51.100.20${attempt}`, method: "POST", body: {} }),
      ),
    );
    expect(counts[429]).toBe(10);
  });
});

describe("players", () => {
  it("are counted by their token, not by their address; whoever shows none is", async () => {
    const token = await signPlayback(settingsOf(env), {
      jobId: newRegionalId("job", "weur"),
      expiresAt: Date.now() + 60_000,
    });
    const { counts, strange } = await withinOneWindow(10, async (attempt) => {
      const ip = `198.51.100.${150 + attempt}`;
      const ask = (shown: string) => send(`/api/v1/play/${shown}/main.m3u8`, { ip });
      const played = await statuses(400, () => ask(token));
      return { counts: played.counts, strange: await statuses(301, () => ask("nothing")) };
    });
    expect(counts).toEqual({ 404: 400 });
    expect(strange.counts).toEqual({ 401: 300, 429: 1 });
    expect(strange.last?.headers.get("access-control-allow-origin")).toBe("*");
  });
});
