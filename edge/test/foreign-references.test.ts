import { env } from "cloudflare:workers";
import { beforeAll, expect, it, vi } from "vitest";
import { z } from "zod";
import { api } from "./support/api.ts";
import { problemOf, readyAsset } from "./support/assets.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const nobodys = "01arz3ndektsv4rrffq69g5fav";
const startAt = Date.now() + 3_600_000;
const Made = z.object({ id: z.string() });
const Page = z.object({ nextCursor: z.string() });

let owner: TestKey;
let stranger: TestKey;
/** The stranger's own, ready. */
let own: string;
interface Ids {
  readonly asset: string;
  readonly connection: string;
  readonly failedJob: string;
}
let foreign: Ids;
const missing: Ids = { asset: `ast_${nobodys}_weur`, connection: `con_${nobodys}`, failedJob: `job_${nobodys}_weur` };

const post = (path: string, body: object, key: TestKey, headers: Record<string, string> = {}) =>
  api(path, { method: "POST", key: key.secret, body, headers });

async function make(path: string, body: object, key: TestKey, headers = {}): Promise<string> {
  const response = await post(path, body, key, headers);
  return Made.parse(await response.json()).id;
}

const bucket = {
  name: "own",
  endpoint: "https://s3.example.com",
  bucket: "own",
  accessKeyId: "a",
  secretAccessKey: "s",
};

beforeAll(async () => {
  const admin = await bootstrapped();
  owner = await newTenantKey(admin, "owner");
  stranger = await newTenantKey(admin, "stranger");
  const { id: asset } = await readyAsset(owner, { region: "weur" });
  own = (await readyAsset(stranger, { region: "weur" })).id;
  const failedJob = await make("/jobs", { assetId: asset, preset: "mp4-h264", startAt }, owner);
  await env.DB.prepare("UPDATE jobs SET state = 'failed' WHERE id = ?").bind(failedJob).run();
  foreign = { asset, connection: await make("/connections?verify=false", bucket, owner), failedJob };
});

/** Every place in a body where an id of somebody's thing may stand. */
const places: readonly (readonly [where: string, path: string, body: (ids: Ids) => object])[] = [
  ["a watermark", "/jobs", ({ asset }) => job({ watermark: { assetId: asset } })],
  ["subtitles", "/jobs", ({ asset }) => job({ subtitles: { assetId: asset, mode: "burn" } })],
  ["a stream to reuse", "/jobs", ({ failedJob }) => stream({ jobId: failedJob })],
  ["a job's source", "/jobs", ({ connection }) => ({ source: { connectionId: connection, key: "a" }, ...preset })],
  [
    "a destination",
    "/jobs",
    ({ connection }) => ({ assetId: own, destination: { connectionId: connection }, ...preset }),
  ],
  ["an asset's source", "/assets", ({ connection }) => ({ source: { connectionId: connection, key: "a" } })],
  ["a batch's assets", "/batches", ({ asset }) => ({ sources: [{ assetId: own }, { assetId: asset }], job: preset })],
  [
    "a batch's sources",
    "/batches",
    ({ connection }) => ({ sources: [{ source: { connectionId: connection, key: "a" } }], job: preset }),
  ],
  [
    "a batch's destination",
    "/batches",
    ({ connection }) => ({
      sources: [{ assetId: own }],
      job: { ...preset, destination: { connectionId: connection } },
    }),
  ],
  ["dead letters to replay", "/dead-letters/replay", ({ failedJob }) => ({ ids: [failedJob] })],
  ["dead letters to discard", "/dead-letters/discard", ({ failedJob }) => ({ ids: [failedJob] })],
];
const preset = { preset: "mp4-h264", startAt };
const stream = (reuse: object) => ({ assetId: own, startAt, spec: { kind: "stream", reuse } });
const job = (overrides: object) => ({ assetId: own, ...preset, overrides });

it.each(places)("another tenant's id as %s reads like one that does not exist", async (_, path, body) => {
  const answer = async (ids: Ids) => {
    const response = await post(path, body(ids), stranger);
    const text = await response.text();
    const known = [ids.asset, ids.connection, ids.failedJob].reduce((rest, id) => rest.replaceAll(id, "ID"), text);
    return { status: response.status, text: known.replace(/req_[0-9a-z]+/g, "req") };
  };
  const answered = await answer(foreign);
  expect(answered).toEqual(await answer(missing));
  expect(answered.text).toMatch(/is not one of your|There is no such asset|"code":"not_found"/);
});

it.each([
  ["POST", "/keys", { name: "k", role: "viewer" }],
  ["POST", "/invitations", { email: "a@example.com", role: "viewer" }],
])("%s %s into another tenant is forbidden to a tenant's admin", async (_, path, body) => {
  const response = await post(path, { ...body, tenantId: owner.tenantId }, stranger);
  expect(await problemOf(response)).toEqual([403, "forbidden"]);
});

it.each(["/keys", "/users", "/invitations", "/audit", "/dead-letters"])("nor may they list its %s", async (path) => {
  const response = await api(`${path}?tenantId=${owner.tenantId}`, { key: stranger.secret });
  expect(await problemOf(response)).toEqual([403, "forbidden"]);
});

it("an Idempotency-Key of one tenant finds nothing of another's", async () => {
  const headers = { "idempotency-key": "the-same-for-both" };
  const body = { name: "a.mp4", bytes: 4 };
  const created = z.object({ asset: Made });
  const ids = await Promise.all(
    [owner, stranger].map(
      async (key) => created.parse(await (await post("/assets", body, key, headers)).json()).asset.id,
    ),
  );
  expect(new Set(ids).size).toBe(2);
});

it("a cursor holds for the tenant and the list that it was made for only", async () => {
  await readyAsset(owner, { region: "weur" });
  const { nextCursor } = Page.parse(await (await api("/assets?limit=1", { key: owner.secret })).json());
  const cursor = encodeURIComponent(nextCursor);
  expect((await api(`/assets?limit=1&cursor=${cursor}`, { key: owner.secret })).status).toBe(200);
  expect((await problemOf(await api(`/assets?limit=1&cursor=${cursor}`, { key: stranger.secret })))[1]).toBe(
    "invalid_cursor",
  );
  expect((await problemOf(await api(`/jobs?limit=1&cursor=${cursor}`, { key: owner.secret })))[1]).toBe(
    "invalid_cursor",
  );
});
