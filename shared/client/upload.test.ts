import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Client, createClient } from "./client.ts";
import { type ScriptedServer, startScriptedServer } from "./test/scripted-server.ts";
import type { UploadSource } from "./upload-source.ts";

let server: ScriptedServer;
let client: Client;
const pacing = { now: () => Date.now(), random: () => 0.5, sleep: async () => undefined };

beforeEach(async () => {
  server = await startScriptedServer();
  client = createClient({ url: server.url, key: server.key, pacing });
});
afterEach(() => server.close());

function sourceOf(bytes: number): UploadSource & { content: Buffer } {
  const content = Buffer.from(Array.from({ length: bytes }, (_, index) => index % 251));
  const blob = new Blob([content]);
  return { name: "a.mp4", type: "video/mp4", bytes, content, slice: (start, end) => blob.slice(start, end) };
}

test("a small file goes up in one PUT, announced with its MD5", async () => {
  const source = sourceOf(900);
  const md5 = createHash("md5").update(source.content).digest("hex");
  const asset = await client.assets.upload({ ...source, md5: async () => md5 });
  expect(server.objects.get(asset.id)).toEqual(source.content);
  expect(JSON.parse(String(server.seen[0]?.body))).toMatchObject({ md5, bytes: 900 });
  expect(asset.state).toBe("ready");
});

test("a larger one in parts, three at once, and the progress ends at the whole", async () => {
  const source = sourceOf(4_100);
  let open = 0;
  let most = 0;
  server.intercept = ({ path }, response) => {
    if (!path.startsWith("/storage/")) return false;
    most = Math.max(most, ++open);
    response.on("close", () => open--);
    return false;
  };
  const progress: number[] = [];
  const asset = await client.assets.upload(source, { onProgress: ({ uploadedBytes }) => progress.push(uploadedBytes) });
  expect(server.objects.get(asset.id)).toEqual(source.content);
  expect(server.count("PUT", /^\/storage\//)).toBe(11);
  expect(server.count("POST", /\/parts$/)).toBe(1);
  expect(most).toBeLessThanOrEqual(3);
  expect(progress.at(-1)).toBe(4_100);
});

test("where parts can be hashed, each is announced, sent and reported with its MD5, and hashed once", async () => {
  const source = sourceOf(4_100);
  const md5 = (start: number, end: number) =>
    createHash("md5").update(source.content.subarray(start, end)).digest("hex");
  const hashed: number[] = [];
  const partMd5 = async (start: number, end: number) => {
    hashed.push(start / 400 + 1);
    return md5(start, end);
  };
  let refused = false;
  server.intercept = ({ path }, response) => {
    if (refused || !/^\/storage\/.*\.2$/.test(path)) return false;
    refused = true;
    response.writeHead(403).end();
    return true;
  };
  await client.assets.upload({ ...source, partMd5 });
  expect(hashed.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  const second = md5(400, 800);
  const asked = server.seen.filter(({ path }) => path.endsWith("/parts")).map(({ body }) => String(body));
  expect(asked.filter((body) => body.includes(`{"partNumber":2,"md5":"${second}"}`))).toHaveLength(2);
  const put = server.seen.filter(({ method, path }) => method === "PUT" && /^\/storage\/.*\.2$/.test(path));
  expect(put.map(({ headers }) => headers["content-md5"])).toEqual([second, second]);
  const report = server.seen.find(({ method, path }) => method === "PUT" && path.endsWith("/parts/2"));
  expect(JSON.parse(String(report?.body))).toMatchObject({ md5: second });
});

test("a part is tried three times, with a fresh URL after a 403, and its bytes count once", async () => {
  const source = sourceOf(1_200);
  const answers = [403, 500];
  server.intercept = ({ path }, response) => {
    const status = /^\/storage\/.*\.2$/.test(path) ? answers.shift() : undefined;
    if (status === undefined) return false;
    response.writeHead(status).end("<Error><Code>Oops</Code></Error>");
    return true;
  };
  const progress: number[] = [];
  await client.assets.upload(source, { onProgress: ({ uploadedBytes }) => progress.push(uploadedBytes) });
  expect(server.count("PUT", /^\/storage\/.*\.2$/)).toBe(3);
  expect(server.count("POST", /\/parts$/)).toBe(2);
  expect(Math.max(...progress)).toBe(1_200);
});

test("a part that fails three times ends the upload with the storage's reason; resuming sends only what is missing", async () => {
  const source = sourceOf(2_000);
  let broken = true;
  server.intercept = ({ path }, response) => {
    if (!broken || !/^\/storage\/.*\.5$/.test(path)) return false;
    response.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
    return true;
  };
  let id = "";
  const onAsset = (asset: { id: string }) => {
    id = asset.id;
  };
  await expect(client.assets.upload(source, { onAsset })).rejects.toMatchObject({
    code: "storage_unavailable",
    detail: "The storage refused the upload: HTTP 503 SlowDown.",
  });

  broken = false;
  const reported = [...(server.assets.get(id)?.parts ?? [])];
  expect(reported.length).toBeGreaterThan(0);
  expect(await client.assets.uploadedBytes(id)).toBe(400 * reported.length);
  server.seen.length = 0;
  const progress: number[] = [];
  await client.assets.upload(source, { resume: id, onProgress: ({ uploadedBytes }) => progress.push(uploadedBytes) });
  expect(server.count("PUT", /^\/storage\//)).toBe(5 - reported.length);
  expect(server.count("POST", /\/assets$/)).toBe(0);
  expect(server.objects.get(id)).toEqual(source.content);
  // What is up already counts from the first word on.
  expect(progress[0]).toBe(400 * reported.length);
  expect(progress.at(-1)).toBe(2_000);
});

test("a part that the storage lost is sent again when complete finds it missing", async () => {
  const source = sourceOf(1_200);
  let first = true;
  server.intercept = ({ path }) => {
    if (first && path.endsWith("/complete")) {
      first = false;
      for (const [id, entry] of server.assets) {
        server.objects.delete(`${id}.2`);
        entry.parts.delete(2);
      }
    }
    return false;
  };
  expect((await client.assets.upload(source)).state).toBe("ready");
});

test("a 412 means that an earlier try got through", async () => {
  const source = sourceOf(10);
  let puts = 0;
  server.intercept = ({ path, body }, response) => {
    if (!path.startsWith("/storage/")) return false;
    if (++puts > 1) response.writeHead(412).end();
    else {
      server.objects.set(path.replace("/storage/", ""), body);
      response.destroy();
    }
    return true;
  };
  expect((await client.assets.upload(source)).state).toBe("ready");
});

test("another file can't go on with an upload", async () => {
  const { id } = await client.assets.upload(sourceOf(900));
  await expect(client.assets.upload(sourceOf(901), { resume: id })).rejects.toMatchObject({ code: "upload_mismatch" });
});
