import { Job } from "@reelway/shared/contracts/job";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Call, call } from "./support/api.ts";
import { readyAsset } from "./support/assets.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";

const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** A body that passes each route's schema, so that nothing but the tenant decides. */
const bodies: Readonly<Record<string, unknown>> = {
  "POST /api/v1/assets/{id}/parts": { parts: [1] },
  "PUT /api/v1/assets/{id}/parts/{partNumber}": { etag: "0".repeat(32) },
};
const missing = {
  assets: "ast_01arz3ndektsv4rrffq69g5fav_weur",
  jobs: "job_01arz3ndektsv4rrffq69g5fav_weur",
  keys: "key_01arz3ndektsv4rrffq69g5fav",
};

let owner: TestKey;
let stranger: TestKey;
let owned: Record<keyof typeof missing, string>;
let routes: { method: string; path: string; resource: keyof typeof missing }[];

beforeAll(async () => {
  const admin = await bootstrapped();
  owner = await newTenantKey(admin, "owner");
  stranger = await newTenantKey(admin, "stranger");
  const asset = await readyAsset(owner, { region: "weur" });
  const body = { assetId: asset.id, preset: "mp4-h264", startAt: Date.now() + 3_600_000 };
  const job = Job.parse(await (await call("/api/v1/jobs", { method: "POST", key: owner.secret, body })).json());
  owned = { assets: asset.id, jobs: job.id, keys: owner.id };

  const document = Document.parse(await (await call("/api/v1/openapi.json")).json());
  routes = Object.entries(document.paths).flatMap(([path, methods]) => {
    const [, resource] = /^\/api\/v1\/(assets|jobs|keys)\/\{id\}/.exec(path) ?? [];
    if (resource !== "assets" && resource !== "jobs" && resource !== "keys") return [];
    return Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path, resource }));
  });
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
  it("look exactly like things that do not exist, on every route", async () => {
    expect(routes.length).toBeGreaterThanOrEqual(14);
    for (const route of routes) {
      const foreign = await answer(route, owned[route.resource], stranger);
      const unknown = await answer(route, missing[route.resource], stranger);
      expect({ route, ...foreign }).toEqual({ route, ...unknown });
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
    for (const path of ["/api/v1/assets", "/api/v1/jobs", "/api/v1/keys", `/api/v1/jobs?assetId=${owned.assets}`]) {
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
