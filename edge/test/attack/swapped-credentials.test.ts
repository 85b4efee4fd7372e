import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { leaseTokenHeader } from "@reelway/shared/contracts/lease";
import { RegistrationTokenCreated } from "@reelway/shared/contracts/runner";
import { newId, newRegionalId } from "@reelway/shared/ids";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createApp } from "../../src/app.ts";
import { credentialOf, parseCredential } from "../../src/auth/credentials.ts";
import { signPlayback } from "../../src/playback/token.ts";
import { settingsOf } from "../../src/settings.ts";
import { api } from "../support/api.ts";
import { readyAsset } from "../support/assets.ts";
import { fromPage, newLink, signInBrowser } from "../support/browser.ts";
import { leased } from "../support/leases.ts";
import { type ServedOperation, servedOperations } from "../support/operations.ts";
import { bootstrapped } from "../support/tenants.ts";
import { invite, newUser, password, signIn, somewhere } from "../support/users.ts";

const app = createApp();
const settings = settingsOf(env);
const { text: forgedKey } = await credentialOf(settings, {
  kind: "api_key",
  id: newId("key"),
  secret: "A".repeat(43),
});
const Token = z.object({ token: z.string() });
const Page = z.object({ nextCursor: z.string() });

type Kind = (typeof kinds)[number];
const kinds = [
  ...(["api key", "access token", "browser session", "runner", "registration token", "invitation"] as const),
  ...(["password reset", "refresh token", "sign-in code", "playback token", "lease token", "cursor"] as const),
  ...(["bootstrap token", "webhook secret", "forged key"] as const),
];
/** All of them good, each for its own purpose. */
let credentials: Record<Kind, string>;
let operations: ServedOperation[];
let runner: Awaited<ReturnType<typeof leased>>["runner"];

beforeAll(async () => {
  const admin = await bootstrapped();
  const { email } = await newUser(admin, "ada@example.com", "admin");
  const session = await signIn(email);
  const lease = await leased();
  runner = lease.runner;
  const jobId = newRegionalId("job", "weur");
  const made = async (path: string, body?: unknown) =>
    (await api(path, { method: "POST", key: admin.secret, body })).json();
  await readyAsset(admin);
  await readyAsset(admin);
  credentials = {
    "api key": admin.secret,
    "access token": session.accessToken,
    "browser session": (await signInBrowser({ key: admin.secret })).cookie.split("=")[1] ?? "",
    runner: runner.authorization.slice("Bearer ".length),
    "registration token": RegistrationTokenCreated.parse(await made("/runners/tokens", {})).token ?? "",
    invitation: (await invite(admin, "new@example.com", "viewer")).token ?? "",
    "password reset": Token.parse(await made(`/users/${session.user.id}/password-reset`)).token,
    "refresh token": session.refreshToken,
    "sign-in code": (await newLink(admin.secret)).code,
    "playback token": await signPlayback(settings, { jobId, expiresAt: Date.now() + 600_000 }),
    "lease token": lease.task.leaseToken,
    cursor: Page.parse(await (await api("/assets?limit=1", { key: admin.secret })).json()).nextCursor,
    "bootstrap token": env.BOOTSTRAP_TOKEN,
    "webhook secret": z
      .object({ secret: z.string() })
      .parse(await (await api("/webhooks/job-secret", { key: admin.secret })).json()).secret,
    "forged key": forgedKey,
  };
  operations = await servedOperations();
});

async function ask({ method, path }: Pick<ServedOperation, "method" | "path">, headers: Record<string, string>) {
  const filled = path.replace(/\{[^}]+\}/g, "01arz3ndektsv4rrffq69g5fav");
  const request = new Request(`https://reelway.test${filled}`, { method, headers });
  const response = await app.fetch(request, env, createExecutionContext());
  await response.body?.cancel();
  return response.status;
}

describe("an operation that needs a credential", () => {
  it("takes no other kind in its place, as a bearer", async () => {
    const secured = operations.filter(({ secured }) => secured);
    expect(secured.length).toBeGreaterThan(100);
    const wrong: unknown[] = [];
    for (const operation of secured) {
      const forRunners = operation.permission === "work:lease";
      for (const kind of kinds) {
        if (forRunners ? kind === "runner" : kind === "api key" || kind === "access token") continue;
        const known = ["api key", "access token", "runner"].includes(kind);
        const status = await ask(operation, { authorization: `Bearer ${credentials[kind]}` });
        if (status !== (known ? 403 : 401)) wrong.push([operation.method, operation.path, kind, status]);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("takes no other kind in its place, as a cookie", async () => {
    const asCookie = (kind: Kind) => ({ cookie: `__Host-reelway_session=${credentials[kind]}` });
    const list = { method: "GET", path: "/api/v1/jobs" };
    expect(await ask(list, asCookie("browser session"))).toBe(200);
    for (const kind of kinds.filter((one) => one !== "browser session"))
      expect([kind, await ask(list, asCookie(kind))]).toEqual([kind, 401]);
  });

  it("takes one whose word was changed for another's no more than one that was made up", async () => {
    for (const kind of ["invitation", "registration token", "refresh token", "sign-in code", "runner"] as const) {
      const credential = parseCredential(settings, credentials[kind]);
      if (!credential) throw new Error(`${kind} is none`);
      const { text } = await credentialOf(settings, { ...credential, kind: "api_key" });
      expect([kind, await ask({ method: "GET", path: "/api/v1/jobs" }, { authorization: `Bearer ${text}` })]).toEqual([
        kind,
        401,
      ]);
    }
  });
});

interface Door {
  readonly takes: Kind;
  readonly refuses: number;
  readonly opens: number;
  readonly send: (token: string) => Promise<Response>;
}

const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  api(path, { method: "POST", body, headers: { ...somewhere(), ...headers } });
const host = { name: "host", region: "weur", labels: [], protocol: 1, version: "1.0.0" };

/** Where something secret is shown for one purpose. */
const doors: readonly Door[] = [
  { takes: "bootstrap token", refuses: 401, opens: 409, send: (token) => post("/bootstrap", { token }) },
  {
    takes: "registration token",
    refuses: 401,
    opens: 201,
    send: (token) => post("/runners/register", { token, ...host }),
  },
  {
    takes: "invitation",
    refuses: 401,
    opens: 201,
    send: (token) => post("/invitations/accept", { token, name: "New", password }),
  },
  {
    takes: "password reset",
    refuses: 401,
    opens: 204,
    send: (token) => post("/auth/password-reset", { token, password }),
  },
  { takes: "refresh token", refuses: 401, opens: 200, send: (refreshToken) => post("/auth/refresh", { refreshToken }) },
  { takes: "api key", refuses: 401, opens: 200, send: (key) => post("/auth/browser-session", { key }, fromPage) },
  {
    takes: "sign-in code",
    refuses: 401,
    opens: 200,
    send: (code) => post("/auth/browser-session", { code }, fromPage),
  },
  {
    takes: "playback token",
    refuses: 401,
    opens: 404,
    send: (token) => api(`/play/${encodeURIComponent(token)}/main.m3u8`),
  },
  {
    takes: "lease token",
    refuses: 401,
    opens: 200,
    send: (token) => post("/leases/inputs", {}, { authorization: runner.authorization, [leaseTokenHeader]: token }),
  },
];

describe.each(doors)("the door of the $takes", ({ takes, refuses, send }) => {
  it("stays shut to every other credential, and uses none of them up", async () => {
    for (const kind of kinds.filter((one) => one !== takes)) {
      const { status } = await send(credentials[kind]);
      const tooLong = credentials[kind].length > 200 && status === 422;
      expect([kind, tooLong ? refuses : status]).toEqual([kind, refuses]);
    }
  });
});

describe("after all that", () => {
  // A refresh token is void with its user's password, so that the reset comes last.
  it.each(doors.toSorted((a, b) => Number(a.takes === "password reset") - Number(b.takes === "password reset")))(
    "the $takes still opens its own door",
    async ({ takes, opens, send }) => {
      expect((await send(credentials[takes])).status).toBe(opens);
    },
  );
});
