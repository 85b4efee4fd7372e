import { env } from "cloudflare:workers";
import { Job } from "@reelway/shared/contracts/job";
import { Permission, platformPermissions } from "@reelway/shared/permissions";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type Call, call } from "./support/api.ts";
import { readyAsset } from "./support/assets.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";
import { invite, newUser } from "./support/users.ts";

const Operation = z.object({ "x-permission": Permission.optional() });
const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) });

/** A body that passes each route's schema, so that nothing but the tenant decides. */
const bodies: Readonly<Record<string, unknown>> = {
  "POST /api/v1/assets/{id}/parts": { parts: [1] },
  "POST /api/v1/jobs/{id}/playback": {},
  "PUT /api/v1/assets/{id}/parts/{partNumber}": { etag: "0".repeat(32) },
  "PATCH /api/v1/users/{id}": { name: "somebody else" },
  "PATCH /api/v1/webhooks/{id}": { description: "somebody else's" },
};
const none = "01arz3ndektsv4rrffq69g5fav";
/** What tenants have, by the first word of its paths, with an id that names nothing. */
const missing = {
  assets: `ast_${none}_weur`,
  batches: `bat_${none}`,
  connections: `con_${none}`,
  "dead-letters": `job_${none}_weur`,
  invitations: `inv_${none}`,
  jobs: `job_${none}_weur`,
  keys: `key_${none}`,
  users: `usr_${none}`,
  webhooks: `whk_${none}`,
  "webhook-deliveries": `whd_${none}`,
};
type Resource = keyof typeof missing;
/**
 * The same for everybody. Sessions and keys of one's own are a user's and not a tenant's: see sessions.test.ts and
 * own-keys.test.ts; players have a token of their own: see playback.test.ts.
 */
const nobodys = ["presets", "auth/sessions", "auth/keys", "play"];

const Made = z.object({ id: z.string() });
// Every operation twice, on whatever else the machine does.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let owner: TestKey;
let stranger: TestKey;
let owned: Record<Resource, string>;
let routes: { method: string; path: string; resource: Resource }[];
/** Routes with an id whose owner this file does not know. */
let unknown: string[];

beforeAll(async () => {
  const admin = await bootstrapped();
  owner = await newTenantKey(admin, "owner");
  stranger = await newTenantKey(admin, "stranger");
  const asset = await readyAsset(owner, { region: "weur" });
  const body = { assetId: asset.id, preset: "mp4-h264", startAt: Date.now() + 3_600_000 };
  const job = Job.parse(await (await call("/api/v1/jobs", { method: "POST", key: owner.secret, body })).json());
  const user = await newUser(owner, "owned@example.com");
  const invitation = await invite(owner, "invited@example.com", "viewer");
  const make = async (path: string, wanted: unknown) => {
    const response = await call(`/api/v1${path}`, { method: "POST", key: owner.secret, body: wanted });
    return Made.parse(await response.json()).id;
  };
  const failed = await make("/jobs", body);
  await env.DB.prepare("UPDATE jobs SET state = 'failed' WHERE id = ?").bind(failed).run();
  const webhook = await make("/webhooks", { url: "https://hooks.example.com/reelway" });
  const bucket = {
    name: "own",
    endpoint: "https://s3.example.com",
    bucket: "own",
    accessKeyId: "a",
    secretAccessKey: "s",
  };
  owned = {
    assets: asset.id,
    batches: await make("/batches", {
      sources: [{ assetId: asset.id }],
      job: { preset: "mp4-h264", startAt: body.startAt },
    }),
    connections: await make("/connections?verify=false", bucket),
    "dead-letters": failed,
    invitations: invitation.id,
    jobs: job.id,
    keys: owner.id,
    users: user.id,
    webhooks: webhook,
    "webhook-deliveries": await make(`/webhooks/${webhook}/test`, undefined),
  };

  const document = Document.parse(await (await call("/api/v1/openapi.json")).json());
  const withId = Object.entries(document.paths).flatMap(([path, methods]) => {
    const [, name] = /^\/api\/v1\/([a-z/-]+)\/\{[a-zA-Z]+\}/.exec(path) ?? [];
    if (name === undefined || nobodys.includes(name)) return [];
    return Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      name,
      operation,
    }));
  });
  const isResource = (name: string): name is Resource => Object.hasOwn(missing, name);
  routes = withId.flatMap(({ method, path, name }) => (isResource(name) ? [{ method, path, resource: name }] : []));
  // Tenants get no further than 403 there, whatever the id: see permissions.test.ts.
  const platforms = (permission: Permission | undefined) =>
    permission === "work:lease" || (permission !== undefined && platformPermissions.includes(permission));
  unknown = withId
    .filter(({ name, operation }) => !isResource(name) && !platforms(operation["x-permission"]))
    .map(({ method, path }) => `${method} ${path}`);
});

async function answer(route: { method: string; path: string }, id: string, key: TestKey, more: Call = {}) {
  const path = route.path.replace("{id}", id).replace("{partNumber}", "1");
  const body = bodies[`${route.method} ${route.path}`];
  const response = await call(path, { method: route.method, key: key.secret, ...(body ? { body } : {}), ...more });
  const text = await response.text();
  const { "x-request-id": _, ...headers } = Object.fromEntries(response.headers);
  return { status: response.status, headers, text: text.replace(/req_[0-9a-z]+/g, "req") };
}

describe("another tenant's things", () => {
  it("are known to this file, whatever they are: a new route with an id belongs to somebody", () => {
    expect(unknown).toEqual([]);
    expect([...new Set(routes.map(({ resource }) => resource))].sort()).toEqual(Object.keys(missing).sort());
  });

  it("look exactly like things that do not exist, on every route", async () => {
    expect(routes.length).toBeGreaterThanOrEqual(35);
    for (const route of routes) {
      const foreign = await answer(route, owned[route.resource], stranger);
      const nothing = await answer(route, missing[route.resource], stranger);
      expect({ route, ...foreign }).toEqual({ route, ...nothing });
      expect({ route, status: foreign.status }).toEqual({ route, status: 404 });
    }
  });

  it("look so by WebSocket too", async () => {
    const route = { method: "GET", path: "/api/v1/jobs/{id}/events" };
    const upgrade = { headers: { upgrade: "websocket" } };
    const foreign = await answer(route, owned.jobs, stranger, upgrade);
    expect(foreign).toEqual(await answer(route, missing.jobs, stranger, upgrade));
    expect(foreign.status).toBe(404);
  });

  it("can't be made into jobs, and are in no list", async () => {
    const make = async (assetId: string) => {
      const body = { assetId, preset: "mp4-h264" };
      const response = await call("/api/v1/jobs", { method: "POST", key: stranger.secret, body });
      return [response.status, (await response.text()).replace(/req_[0-9a-z]+/g, "req")];
    };
    expect(await make(owned.assets)).toEqual(await make(missing.assets));
    const lists = ["assets", "batches", "connections", "dead-letters", "invitations", "jobs", "keys", "users"].map(
      (name) => `/api/v1/${name}`,
    );
    const filtered = [`/api/v1/jobs?assetId=${owned.assets}`, `/api/v1/audit?resource=${owned.keys}`];
    for (const path of [...lists, ...filtered, "/api/v1/webhooks", "/api/v1/webhook-deliveries", "/api/v1/events"]) {
      const listed = await (await call(path, { key: stranger.secret })).text();
      for (const id of Object.values(owned)) expect(listed).not.toContain(id);
    }
  });

  it("are left as they were by all that", async () => {
    const asset = await call(`/api/v1/assets/${owned.assets}`, { key: owner.secret });
    expect(await asset.json()).toMatchObject({ state: "ready" });
    const job = await call(`/api/v1/jobs/${owned.jobs}`, { key: owner.secret });
    expect(await job.json()).toMatchObject({ state: "queued", run: 1 });
  });
});
