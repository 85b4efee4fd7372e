import { afterEach, beforeEach, expect, test } from "vitest";
import { type Client, createClient } from "./client.ts";
import { type ScriptedServer, startScriptedServer } from "./test/scripted-server.ts";

let server: ScriptedServer;
let client: Client;
const pacing = { now: () => Date.now(), random: () => 0.5, sleep: async () => undefined };

beforeEach(async () => {
  server = await startScriptedServer();
  client = createClient({ url: server.url, key: server.key, pacing });
});
afterEach(() => server.close());

async function read(offset?: number): Promise<Buffer> {
  const name = "video.mp4";
  const download = await client.jobs.download(server.addJob().id, offset === undefined ? { name } : { name, offset });
  const chunks: Uint8Array[] = [];
  for await (const chunk of download.stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
const whole = () => server.outputs.get("video.mp4") ?? Buffer.alloc(0);

test("brings the bytes, from an offset where asked", async () => {
  expect(await read()).toEqual(whole());
  expect(await read(4_990)).toEqual(whole().subarray(4_990));
});

test("goes on by Range where the connection broke", async () => {
  let gets = 0;
  server.intercept = ({ path }, response) => {
    if (!path.startsWith("/storage/") || ++gets > 1) return false;
    response.writeHead(200, { "content-length": whole().length });
    response.write(whole().subarray(0, 1_234), () => setImmediate(() => response.destroy()));
    return true;
  };
  expect(await read()).toEqual(whole());
  expect(server.seen.at(-1)?.headers.range).toMatch(/^bytes=\d+-$/);
});

test("asks for a fresh link when the old one has run out", async () => {
  let gets = 0;
  server.intercept = ({ path }, response) => {
    if (!path.startsWith("/storage/") || ++gets > 1) return false;
    response.writeHead(403).end();
    return true;
  };
  expect(await read()).toEqual(whole());
  expect(server.count("GET", /\/outputs$/)).toBe(2);
});

test("a storage that ignores Range never doubles bytes", async () => {
  server.intercept = ({ path }, response) => {
    if (!path.startsWith("/storage/")) return false;
    response.writeHead(200).end(whole());
    return true;
  };
  await expect(read(10)).rejects.toMatchObject({ code: "storage_unavailable" });
});

test("an output that is not there", async () => {
  await expect(client.jobs.download(server.addJob().id, { name: "x" })).rejects.toMatchObject({
    code: "output_not_found",
  });
});
