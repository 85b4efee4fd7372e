import { env } from "cloudflare:workers";
import { isAllowed, Permission, permissionTable, platformPermissions, Role } from "@reelway/shared/permissions";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { call } from "./support/api.ts";
import { fromPage, signInBrowser } from "./support/browser.ts";
import { makeRunner } from "./support/fleet.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";

const Operation = z.object({ "x-permission": Permission.optional(), "x-platform": z.literal(true).optional() });
const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) });

/** Open to everyone: each has its own proof in the request, or tells nothing that is not public. */
const publicOperations = [
  "GET /.well-known/jwks.json",
  "GET /api/health",
  "GET /api/v1/play/{token}/clip.m3u8",
  "GET /api/v1/play/{token}/thumbnail.jpg",
  "GET /api/v1/play/{token}/{file}",
  "GET /api/v1/play/{token}/{folder}/clip.m3u8",
  "GET /api/v1/play/{token}/{folder}/{file}",
  "GET /healthz",
  "GET /readyz",
  "POST /api/v1/auth/browser-session",
  "POST /api/v1/auth/login",
  "POST /api/v1/auth/password-reset",
  "POST /api/v1/auth/refresh",
  "POST /api/v1/bootstrap",
  "POST /api/v1/invitations/accept",
  "POST /api/v1/runners/register",
];
/** About the caller alone: any key or session of a tenant. */
const ownOperations = [
  "DELETE /api/v1/auth/browser-session",
  "DELETE /api/v1/auth/keys/{id}",
  "DELETE /api/v1/auth/sessions",
  "DELETE /api/v1/auth/sessions/{id}",
  "GET /api/v1/auth/browser-session",
  "GET /api/v1/auth/keys",
  "GET /api/v1/auth/me",
  "GET /api/v1/auth/sessions",
  "POST /api/v1/auth/keys",
  "POST /api/v1/auth/logout",
  "POST /api/v1/auth/password",
  "POST /api/v1/auth/sign-in-links",
];

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly name: string;
  readonly permission: Permission | undefined;
  /** Only within the tenant that runs the installation. */
  readonly platform: boolean;
}
/** A browser's cookie, as the page sends it. */
interface Shown {
  readonly headers?: Record<string, string>;
}
// Thousands of requests, on whatever else the machine does.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let operations: Asked[];
let guarded: (Asked & { permission: Permission })[];
let admin: TestKey;
let other: TestKey;

beforeAll(async () => {
  admin = await bootstrapped();
  other = await newTenantKey(admin, "other");
  const document = Document.parse(await (await call("/api/v1/openapi.json")).json());
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      name: `${method.toUpperCase()} ${path}`,
      permission: operation["x-permission"],
      platform: operation["x-platform"] === true,
    })),
  );
  guarded = operations.flatMap((operation) =>
    operation.permission === undefined ? [] : [{ ...operation, permission: operation.permission }],
  );
});

/** Asks for the operation with ids that name nothing and an empty body: whoever may gets beyond 403, and no further. */
async function ask({ method, path }: Asked, credential: string | Shown = {}): Promise<number> {
  const filled = path.replace(/\{[A-Za-z]+\}/g, "nothing");
  const body = method === "GET" || method === "DELETE" ? {} : { body: {} };
  const shown = typeof credential === "string" ? { key: credential } : credential;
  const response = await call(filled, { method, ...shown, ...body });
  await response.body?.cancel();
  return response.status;
}

async function keyOf(maker: TestKey, role: Role, scopes?: readonly Permission[]): Promise<string> {
  const body = { name: "matrix", role, ...(scopes ? { scopes } : {}) };
  const response = await call("/api/v1/keys", { method: "POST", key: maker.secret, body });
  return (await response.json<{ secret: string }>()).secret;
}

/** What is wrong: operations whose answer is not the table's. */
async function differences(
  credential: string | Shown,
  asked: readonly Asked[],
  allowed: (operation: Asked) => boolean,
) {
  const wrong: unknown[] = [];
  for (const operation of asked) {
    const status = await ask(operation, credential);
    const passed = status !== 403 && status !== 401;
    if (passed !== allowed(operation)) wrong.push([operation.name, operation.permission, status]);
    if (status >= 500 && status !== 503) wrong.push([operation.name, status]);
  }
  return wrong;
}

describe("every operation of the document", () => {
  it("names its permission, or is on the short list of those that need none", () => {
    const unguarded = operations.filter(({ permission }) => permission === undefined).map(({ name }) => name);
    expect(guarded.length).toBeGreaterThan(40);
    expect(unguarded.filter((name) => !publicOperations.includes(name) && !ownOperations.includes(name))).toEqual([]);
  });

  it("is closed to whoever shows nothing, but for the public ones", async () => {
    for (const operation of operations) {
      const status = await ask(operation);
      if (publicOperations.includes(operation.name))
        expect([operation.name, status]).not.toEqual([operation.name, 403]);
      else expect([operation.name, status]).toEqual([operation.name, 401]);
    }
  });

  it("about the caller alone is open to each role, and to no runner", async () => {
    const runner = (await makeRunner("weur")).authorization.slice("Bearer ".length);
    const viewer = await keyOf(other, "viewer");
    for (const operation of operations.filter(({ name }) => ownOperations.includes(name))) {
      expect([operation.name, await ask(operation, runner)]).toEqual([operation.name, 403]);
      // Sessions are a person's: a key is told so.
      if (operation.name.endsWith("/me")) expect(await ask(operation, viewer)).toBe(200);
    }
  });
});

describe("the permission table", () => {
  const grantable = Role.exclude(["runner"]).options;
  const places = [true, false];

  it.each(grantable.flatMap((role) => places.map((platform) => [role, platform] as const)))(
    "decides for a key of role %s (platform: %s), and for a browser that is signed in with it",
    async (role, platform) => {
      const key = await keyOf(platform ? admin : other, role);
      const allowed = (operation: Asked) =>
        operation.permission !== undefined &&
        isAllowed({ role, platform, scopes: null }, operation.permission) &&
        (platform || !operation.platform);
      expect(await differences(key, guarded, allowed)).toEqual([]);
      const { cookie } = await signInBrowser({ key });
      expect(await differences({ headers: { cookie, ...fromPage } }, guarded, allowed)).toEqual([]);
    },
  );

  it.each(Permission.exclude(["work:lease"]).options)(
    "a key with the scope %s alone may do that alone, and one with all others all but that",
    async (scope) => {
      const only = await keyOf(admin, "admin", [scope]);
      expect(await differences(only, guarded, ({ permission }) => permission === scope)).toEqual([]);
      const without = await keyOf(
        admin,
        "admin",
        permissionTable.admin.filter((permission) => permission !== scope),
      );
      const ofScope = guarded.filter(({ permission }) => permission === scope);
      expect(await differences(without, ofScope, () => false)).toEqual([]);
    },
  );

  it("gives runners their work and nothing else", async () => {
    const runner = (await makeRunner("weur")).authorization.slice("Bearer ".length);
    const asked = guarded.filter(({ permission }) => permission !== "work:lease");
    expect(await differences(runner, asked, () => false)).toEqual([]);
    const work = guarded.filter(({ permission }) => permission === "work:lease");
    expect(work.length).toBeGreaterThan(5);
    for (const operation of work)
      expect([operation.name, await ask(operation, runner)]).not.toEqual([operation.name, 403]);
  });

  it("gives no scope that the role lacks", async () => {
    const key = await keyOf(other, "viewer", ["jobs:read", "users:write"]);
    const allowed = ({ permission }: Asked) => permission === "jobs:read";
    expect(await differences(key, guarded, allowed)).toEqual([]);
    expect(platformPermissions.length).toBeGreaterThan(5);
    expect(
      await env.DB.prepare("SELECT count(*) AS n FROM audit_log WHERE tenantId = ?").bind(other.tenantId).first("n"),
    ).toBeGreaterThan(0);
  });
});
