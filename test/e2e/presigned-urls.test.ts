import { createHash, randomBytes } from "node:crypto";
import { type Asset, AssetCreated, PartUrls, type PresignedRequest } from "@reelway/shared/contracts/asset";
import { Problem } from "@reelway/shared/errors/problem";
import { limits } from "@reelway/shared/limits";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newTenant } from "../support/new-tenant.ts";
import { storedRows } from "../support/stored-rows.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";

let stack: TestStack;
let attackersKey: string;
beforeAll(async () => {
  stack = await startTestStack();
  attackersKey = (await newTenant(stack, "attacker")).key;
});
afterAll(() => stack.stop());

const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");

function api(
  path: string,
  { method = "GET", key = stack.key, body }: { method?: string; key?: string; body?: object },
) {
  const headers = { authorization: `Bearer ${key}`, ...(body ? { "content-type": "application/json" } : {}) };
  return fetch(`${stack.url}/api/v1${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
}

async function announce(key: string, body: { bytes: number; md5?: string }): Promise<AssetCreated> {
  const answer = await api("/assets", { method: "POST", key, body: { name: "a.mp4", region: "weur", ...body } });
  return AssetCreated.parse(await answer.json());
}

/** One PUT and its asset. */
async function single(key: string, bytes: Uint8Array, more: { md5?: string } = {}) {
  const { asset, upload } = await announce(key, { bytes: bytes.byteLength, ...more });
  if (upload?.kind !== "single") throw new Error("not a single upload");
  return { asset, request: upload.request };
}

const put = (request: PresignedRequest, body: Uint8Array | null, headers: Record<string, string> = {}) =>
  fetch(request.url, { method: "PUT", headers: { ...request.headers, ...headers }, body });

const complete = (key: string, { id }: Asset) => api(`/assets/${id}/complete`, { method: "POST", key });

const codeOf = async (answer: Response) => Problem.parse(await answer.json()).code;

const placeOf = (id: string) => {
  const [row] = storedRows(stack.dataDir, "SELECT id, storageKey FROM assets").filter((asset) => asset.id === id);
  return String(row?.storageKey);
};

const BUCKET = "reelway-weur";

test("an object is not served without a signature, by whatever path the simulator has", async () => {
  const bytes = randomBytes(1_000);
  const { asset, request } = await single(stack.key, bytes, { md5: md5(bytes) });
  expect((await put(request, bytes)).status).toBe(200);
  const { origin } = new URL(stack.url);
  for (const path of ["public", "s3"]) {
    const answer = await fetch(`${origin}/cdn-cgi/local/r2/${path}/${BUCKET}/${placeOf(asset.id)}`);
    expect([400, 403, 404]).toContain(answer.status);
    expect((await answer.bytes()).byteLength).toBeLessThan(bytes.byteLength);
  }
});

describe("a PUT that is turned into a copy of another tenant's object", () => {
  test("never becomes an asset, and leaves nothing behind", async () => {
    const secret = randomBytes(1_000);
    const victim = await single(stack.key, secret, { md5: md5(secret) });
    expect((await put(victim.request, secret)).status).toBe(200);
    expect((await complete(stack.key, victim.asset)).status).toBe(200);

    // The attacker knows everything but the key; here he is given even that.
    const own = randomBytes(1_000);
    const attack = await single(attackersKey, own, { md5: md5(own) });
    const copied = await put(attack.request, own, { "x-amz-copy-source": `${BUCKET}/${placeOf(victim.asset.id)}` });
    const refused = await complete(attackersKey, attack.asset);
    if (copied.ok) expect(await codeOf(refused)).toBe("upload_mismatch");
    const { asset } = { asset: await (await api(`/assets/${attack.asset.id}`, { key: attackersKey })).json() };
    expect(asset).toMatchObject({ state: copied.ok ? "failed" : "uploading" });
    const again = await put(attack.request, own);
    // Nothing lies there: an honest PUT of new bytes is not refused as an overwrite.
    if (copied.ok) expect(again.status).toBe(200);
  });

  test("nor by a part of a multipart upload", async () => {
    const secret = randomBytes(limits.partBytesMin);
    const victim = await single(stack.key, secret);
    expect((await put(victim.request, secret)).status).toBe(200);
    await complete(stack.key, victim.asset);

    const own = randomBytes(limits.partBytesDefault);
    const { asset } = await announce(attackersKey, { bytes: limits.multipartThresholdBytes + 1 });
    const urls = await api(`/assets/${asset.id}/parts`, {
      method: "POST",
      key: attackersKey,
      body: { parts: [{ partNumber: 1, md5: md5(own) }] },
    });
    const [part] = PartUrls.parse(await urls.json()).parts;
    if (!part) throw new Error("no part");
    await put(part.request, own, { "x-amz-copy-source": `${BUCKET}/${placeOf(victim.asset.id)}` });
    expect((await complete(attackersKey, asset)).status).toBe(409);
    await api(`/assets/${asset.id}`, { method: "DELETE", key: attackersKey });
  });

  test("needs a key of 128 random bits, which no answer shows", async () => {
    const rows = storedRows(stack.dataDir, "SELECT id, tenantId, storageKey FROM assets");
    const randomParts = rows.map(({ tenantId, storageKey }) => {
      const [, tenant, random] = /^t\/([^/]+)\/([0-9a-f]{32})\/source$/.exec(String(storageKey)) ?? [];
      expect(tenant).toBe(tenantId);
      return random;
    });
    expect(new Set(randomParts).size).toBe(rows.length);
    const answers = await Promise.all(
      rows.flatMap(({ id }) => [api(`/assets/${id}`, {}), api(`/assets/${id}`, { key: attackersKey })]),
    );
    const shown = (await Promise.all([...answers, await api("/assets", {})].map((answer) => answer.text()))).join();
    for (const random of randomParts) expect(shown).not.toContain(random);
  });
});

describe("an object that is there", () => {
  test("is not overwritten, before complete or after", async () => {
    const bytes = randomBytes(500);
    const { asset, request } = await single(stack.key, bytes);
    expect((await put(request, bytes)).status).toBe(200);
    expect((await put(request, randomBytes(500))).status).toBe(412);
    const ready = await (await complete(stack.key, asset)).json();
    expect(ready).toMatchObject({ state: "ready", etag: md5(bytes) });
    expect((await put(request, randomBytes(500))).status).toBe(412);
  });
});

describe("a URL holds for what it was made for", () => {
  test.each<
    [string, (url: URL) => { url?: string; method?: string; headers?: Record<string, string>; bytes?: number }]
  >([
    ["another key below", (url) => ({ url: withPath(url, (path) => `${path}/x`) })],
    ["a step upwards", (url) => ({ url: url.href.replace("/source?", "/../other?") })],
    ["an encoded step upwards", (url) => ({ url: url.href.replace("/source?", "/%2e%2e/source?") })],
    ["a doubly encoded step", (url) => ({ url: url.href.replace("/source?", "/%252e%252e%252fsource?") })],
    ["another bucket", (url) => ({ url: url.href.replace("reelway-weur", "reelway-enam") })],
    [
      "the bucket itself",
      (url) => ({ url: withPath(url, (path) => path.replace(/reelway-weur\/.*/, "reelway-weur")) }),
    ],
    ["reading", () => ({ method: "GET" })],
    ["deleting", () => ({ method: "DELETE" })],
    ["opening a multipart upload", (url) => ({ url: `${url.href}&uploads`, method: "POST" })],
    ["listing", (url) => ({ url: `${url.href}&list-type=2`, method: "GET" })],
    ["an ACL", (url) => ({ url: `${url.href}&acl` })],
    ["another type", () => ({ headers: { "content-type": "text/html" } })],
    ["overwriting", () => ({ headers: { "if-none-match": "none" } })],
    ["more bytes", () => ({ bytes: 101, headers: { "content-length": "101" } })],
    ["fewer bytes", () => ({ bytes: 99, headers: { "content-length": "99" } })],
    ["a longer life", (url) => ({ url: url.href.replace(/X-Amz-Expires=\d+/, "X-Amz-Expires=604800") })],
    ["a changed signature", (url) => ({ url: url.href.replace(/Signature=./, "Signature=z") })],
  ])("and not for %s", async (_, change) => {
    const { request } = await single(stack.key, randomBytes(100));
    const { url = request.url, method = "PUT", headers = {}, bytes = 100 } = change(new URL(request.url));
    const body = method === "PUT" ? randomBytes(bytes) : null;
    const answer = await fetch(url, { method, headers: { ...bodiless(request, method), ...headers }, body });
    expect([400, 403, 404, 405]).toContain(answer.status);
    expect((await put(request, randomBytes(100))).status).toBe(200);
  });
});

describe("a URL of a part", () => {
  /** The last part is one byte: an upload of the threshold's size, and one more. */
  const LAST = limits.multipartThresholdBytes / limits.partBytesDefault + 1;
  const open = async (partNumber: number) => {
    const { asset } = await announce(stack.key, { bytes: limits.multipartThresholdBytes + 1 });
    const answer = await api(`/assets/${asset.id}/parts`, { method: "POST", body: { parts: [partNumber] } });
    const [part] = PartUrls.parse(await answer.json()).parts;
    if (!part) throw new Error("no part");
    return { asset, request: part.request };
  };

  test.each<[string, (url: URL) => string]>([
    ["another part", (url) => url.href.replace(`partNumber=${LAST}`, "partNumber=1")],
    ["another upload", (url) => url.href.replace(/uploadId=[^&]+/, "uploadId=other")],
    ["completing the upload", (url) => url.href.replace(`partNumber=${LAST}&`, "")],
    ["a whole object", (url) => url.href.replace(/(partNumber|uploadId)=[^&]+&/g, "")],
  ])("does not hold for %s", async (_, change) => {
    const { asset, request } = await open(LAST);
    const url = change(new URL(request.url));
    expect(url).not.toBe(request.url);
    expect((await put({ ...request, url }, randomBytes(1))).status).toBe(403);
    expect((await put(request, randomBytes(1))).status).toBe(200);
    await api(`/assets/${asset.id}`, { method: "DELETE" });
  });

  test("holds for as many bytes as it was made for, and an upload of fewer parts is never an asset", async () => {
    const { asset, request } = await open(LAST);
    expect((await put({ ...request, headers: { "content-length": "2" } }, randomBytes(2))).status).toBe(403);
    expect((await put(request, randomBytes(1))).status).toBe(200);
    const refused = await complete(stack.key, asset);
    expect([refused.status, await codeOf(refused)]).toEqual([409, "upload_parts_missing"]);
    await api(`/assets/${asset.id}`, { method: "DELETE" });
  });

  test("is given for ten uploads at a time, and again when one has ended", async () => {
    const wanted = { name: "a.mp4", bytes: limits.multipartThresholdBytes + 1 };
    const ask = () => api("/assets", { method: "POST", key: attackersKey, body: wanted });
    const answers = await Promise.all(Array.from({ length: 12 }, ask));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(await Promise.all(refused.map(codeOf))).toEqual(["too_many_uploads", "too_many_uploads"]);
    const opened = await Promise.all(answers.filter(({ ok }) => ok).map(async (answer) => answer.json()));
    const [first] = opened.map((answer) => AssetCreated.parse(answer).asset);
    await api(`/assets/${first?.id}`, { method: "DELETE", key: attackersKey });
    expect((await ask()).status).toBe(201);
  });
});

/** A request without a body must not announce one. */
function bodiless({ headers }: PresignedRequest, method: string): Record<string, string> {
  const { "content-length": length, ...rest } = headers;
  return method === "PUT" && length !== undefined ? { ...rest, "content-length": length } : rest;
}

function withPath(url: URL, change: (path: string) => string): string {
  const changed = new URL(url);
  changed.pathname = change(url.pathname);
  return changed.href;
}
