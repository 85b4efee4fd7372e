import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { createApp } from "../../src/app.ts";
import { api } from "../support/api.ts";
import { readyAsset } from "../support/assets.ts";
import { makeRunner } from "../support/fleet.ts";
import { type IdPlace, type ServedOperation, servedOperations } from "../support/operations.ts";
import { recordingBindings } from "../support/recording-bindings.ts";
import { bootstrapped, newTenantKey, type TestKey } from "../support/tenants.ts";
import { invite, newUser, signIn } from "../support/users.ts";

const app = createApp();
const { env: recorded, asked } = recordingBindings();
/** Of the tries: what is done behind their answers. */
const contexts: ExecutionContext[] = [];
const none = "01arz3ndektsv4rrffq69g5fav";
const startAt = Date.now() + 3_600_000;
const Made = z.object({ id: z.string() });
const Page = z.object({ items: z.array(Made) });

/** Real things of one tenant, by the first letters of their ids. */
let owned: Record<string, string>;
/** What somebody else is signed in with, as the admin of another tenant, and their own asset. */
let stranger: { tenantId: string; userId: string; accessToken: string; assetId: string };
let tries: { operation: ServedOperation; place: IdPlace }[];
let seenByOwner: unknown[];

const regional = ["ast", "job", "run"];
const missingOf = (prefix: string) => `${prefix}_${none}${regional.includes(prefix) ? "_weur" : ""}`;
const nameOf = ({ operation, place }: (typeof tries)[number]) =>
  `${operation.method} ${operation.path.replace("/api/v1", "")} ${place.in} ${place.at}`;

const made = async (path: string, key: TestKey, body?: unknown) =>
  Made.parse(await (await api(path, { method: "POST", key: key.secret, body })).json()).id;

beforeAll(async () => {
  const admin = await bootstrapped();
  const owner = await newTenantKey(admin, "owner");
  const other = await newTenantKey(admin, "stranger");
  const asset = await readyAsset(owner, { region: "weur" });
  const job = await made("/jobs", owner, { assetId: asset.id, preset: "mp4-h264", startAt });
  const webhook = await made("/webhooks", owner, { url: "https://hooks.example.com/reelway" });
  const person = await newUser(owner, "owned@example.com");
  const { sessionId } = await signIn(person.email);
  const access = { endpoint: "https://s3.example.com", bucket: "own", accessKeyId: "a", secretAccessKey: "s" };
  const [event] = Page.parse(await (await api("/events", { key: owner.secret })).json()).items;
  if (!event) throw new Error("nothing has happened to the owner");
  owned = {
    ten: owner.tenantId,
    key: owner.id,
    usr: person.id,
    ses: sessionId,
    inv: (await invite(owner, "invited@example.com", "viewer")).id,
    ast: asset.id,
    job,
    bat: await made("/batches", owner, { sources: [{ assetId: asset.id }], job: { preset: "mp4-h264", startAt } }),
    con: await made("/connections?verify=false", owner, { name: "own", ...access }),
    whk: webhook,
    whd: await made(`/webhooks/${webhook}/test`, owner),
    evt: event.id,
    run: (await makeRunner("weur")).id,
    rtk: await made("/runners/tokens", admin, {}),
  };
  const { id: userId, email } = await newUser(other, "stranger@example.com", "admin");
  const { accessToken } = await signIn(email);
  stranger = {
    tenantId: other.tenantId,
    userId,
    accessToken,
    assetId: (await readyAsset(other, { region: "weur" })).id,
  };

  // What only runners may is tried in replayed-leases.test.ts.
  const operations = (await servedOperations()).filter(({ permission }) => permission !== "work:lease");
  tries = operations.flatMap((operation) => operation.ids.map((place) => ({ operation, place })));

  const watched = await api(`/jobs/${job}/events`, { key: owner.secret, headers: { upgrade: "websocket" } });
  seenByOwner = [];
  watched.webSocket?.addEventListener("message", ({ data }) => void seenByOwner.push(data));
  watched.webSocket?.accept();
  await endBackgroundWork();
});

/** What still goes on by itself would look like a trace of the tries. */
async function endBackgroundWork(): Promise<void> {
  const left = async (condition: string) =>
    (await env.DB.prepare(`SELECT count(*) AS n FROM ${condition}`).first<number>("n")) ?? 0;
  await vi.waitUntil(async () => (await left("outbox")) === 0, 60_000);
  await vi.waitUntil(async () => {
    await env.DB.prepare(
      "UPDATE webhook_deliveries SET state = 'failed', dueAt = NULL WHERE claimedUntil IS NULL",
    ).run();
    return (await left("webhook_deliveries WHERE claimedUntil IS NOT NULL")) === 0;
  }, 60_000);
}

/** Bodies that pass the schema, with an id in the one place. */
const inBody: Readonly<Record<string, (id: string) => unknown>> = {
  "POST /keys body tenantId": (tenantId) => ({ name: "k", role: "viewer", tenantId }),
  "POST /invitations body tenantId": (tenantId) => ({ email: "a@example.com", role: "viewer", tenantId }),
  "POST /assets body source.connectionId": (connectionId) => ({ source: { connectionId, key: "a" } }),
  "POST /jobs body assetId": (assetId) => ({ assetId, ...preset }),
  "POST /jobs body source.connectionId": (connectionId) => ({ source: { connectionId, key: "a" }, ...preset }),
  "POST /jobs body destination.connectionId": (connectionId) => own({ destination: { connectionId }, ...preset }),
  "POST /jobs body spec.watermark.assetId": (assetId) => own({ spec: { ...transcode, watermark: { assetId } } }),
  "POST /jobs body spec.subtitles.assetId": (assetId) =>
    own({ spec: { ...transcode, subtitles: { assetId, mode: "burn" } } }),
  "POST /jobs body spec.subtitles[].assetId": (assetId) => own({ spec: stream(assetId) }),
  "POST /jobs body spec.reuse.jobId": (jobId) => own({ spec: reusing(jobId) }),
  "POST /batches body sources[].assetId": (assetId) => batch({ ...preset }, [{ assetId }]),
  "POST /batches body sources[].source.connectionId": (connectionId) =>
    batch({ ...preset }, [{ source: { connectionId, key: "a" } }]),
  "POST /batches body job.destination.connectionId": (connectionId) =>
    batch({ ...preset, destination: { connectionId } }),
  "POST /batches body job.spec.watermark.assetId": (assetId) =>
    batch({ spec: { ...transcode, watermark: { assetId } } }),
  "POST /batches body job.spec.subtitles.assetId": (assetId) =>
    batch({ spec: { ...transcode, subtitles: { assetId, mode: "burn" } } }),
  "POST /batches body job.spec.subtitles[].assetId": (assetId) => batch({ spec: stream(assetId) }),
  "POST /batches body job.spec.reuse.jobId": (jobId) => batch({ spec: reusing(jobId) }),
  "POST /dead-letters/replay body ids[]": (id) => ({ ids: [id] }),
  "POST /dead-letters/replay body filter.tenantId": (tenantId) => ({ filter: { tenantId } }),
  "POST /dead-letters/discard body ids[]": (id) => ({ ids: [id] }),
  "POST /dead-letters/discard body filter.tenantId": (tenantId) => ({ filter: { tenantId } }),
};
const preset = { preset: "mp4-h264", startAt };
const transcode = { kind: "transcode", container: "mp4", video: { codec: "h264" } };
const stream = (assetId: string) => ({ kind: "stream", subtitles: [{ assetId, language: "en" }] });
const reusing = (jobId: string) => ({ kind: "stream", reuse: { jobId } });
const own = (more: object) => ({ assetId: stranger.assetId, ...more });
const batch = (job: object, sources: object[] = [{ assetId: stranger.assetId }]) => ({ sources, job });

/** What else an operation wants, so that nothing but the id decides. */
const plainBodies: Readonly<Record<string, unknown>> = {
  "POST /assets/{id}/parts": { parts: [1] },
  "POST /jobs/{id}/playback": {},
  "POST /regions/{id}/drain": {},
  "PUT /assets/{id}/parts/{partNumber}": { etag: "0".repeat(32) },
  "PATCH /users/{id}": { name: "somebody else" },
  "PATCH /webhooks/{id}": { description: "somebody else's" },
  "PATCH /tenants/{id}": { name: "somebody else's" },
  "PATCH /runners/{id}": { slots: 1 },
};

/** One try: what is answered, without the ids that were sent, and what the Worker asked of its bindings for it. */
async function tried({ operation, place }: (typeof tries)[number], ids: (prefix: string) => string) {
  const { method, path } = operation;
  const sent = ids(place.prefix);
  const pathIds = operation.ids.filter((one) => one.in === "path");
  const filled = pathIds.reduce((text, { at, prefix }) => text.replace(`{${at}}`, ids(prefix)), path);
  const query = place.in === "query" ? `?${place.at}=${sent}` : "";
  const name = `${method} ${path.replace("/api/v1", "")}`;
  const body = place.in === "body" ? inBody[`${name} body ${place.at}`]?.(sent) : plainBodies[name];
  const headers = { authorization: `Bearer ${stranger.accessToken}`, "content-type": "application/json" };
  const request = new Request(`https://reelway.test${filled.replace("{partNumber}", "1")}${query}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  asked.length = 0;
  const context = createExecutionContext();
  contexts.push(context);
  const response = await app.fetch(request, recorded, context);
  const text = await response.text();
  const { "x-request-id": _, ...others } = Object.fromEntries(response.headers);
  const shown = [sent, ...pathIds.map(({ prefix }) => ids(prefix))].reduce(
    (rest, id) => rest.replaceAll(id, "ID"),
    text,
  );
  return { status: response.status, headers: others, text: shown.replace(/req_[0-9a-z]+/g, "req"), work: [...asked] };
}

async function pair(one: (typeof tries)[number]) {
  return [await tried(one, missingOf), await tried(one, (prefix) => owned[prefix] ?? "")] as const;
}

/** Every row of the store that is not the stranger's own. */
async function storedOfOthers(): Promise<Record<string, unknown[]>> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
  ).all<{ name: string }>();
  const tables = await env.DB.batch<Record<string, unknown>>(
    results.map(({ name }) => env.DB.prepare(`SELECT * FROM "${name}"`)),
  );
  const mine = ({ tenantId, userId }: Record<string, unknown>) =>
    tenantId === stranger.tenantId || userId === stranger.userId;
  return Object.fromEntries(
    results.map(({ name }, at) => [name, tables[at]?.results.filter((row) => !mine(row)) ?? []]),
  );
}

describe("another tenant's id, wherever a request may name one", () => {
  it("is known to this file: a new field with an id is tried too", () => {
    const bodies = tries.filter(({ place }) => place.in === "body").map(nameOf);
    expect(bodies.toSorted()).toEqual(Object.keys(inBody).toSorted());
    expect(new Set(tries.map(({ place }) => place.prefix))).toEqual(new Set(Object.keys(owned)));
    expect(tries.length).toBeGreaterThan(80);
  });

  it("is answered as one that does not exist, for the same work, and leaves no trace with its owner", async () => {
    const before = await storedOfOthers();
    for (const one of tries) {
      const name = nameOf(one);
      let [missing, foreign] = await pair(one);
      // What an isolate remembers is filled by the first look, and may run out between two: an oracle is there each time.
      for (let again = 0; again < 3 && JSON.stringify(missing) !== JSON.stringify(foreign); again++)
        [missing, foreign] = await pair(one);
      expect({ name, ...foreign }).toEqual({ name, ...missing });
      const refused = [403, 404].includes(foreign.status);
      const found = /is not one of your|There is no such asset|"code":"not_found"|"items":\[\]/.test(foreign.text);
      expect([name, refused || found, foreign.text]).toEqual([name, true, foreign.text]);
    }
    await Promise.all(contexts.map(waitOnExecutionContext));
    expect(await storedOfOthers()).toEqual(before);
    expect(seenByOwner).toHaveLength(1);
  });
});
