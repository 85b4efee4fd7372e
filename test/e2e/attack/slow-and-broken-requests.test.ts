import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { UploadSource } from "@reelway/shared/client/upload-source";
import type { Job } from "@reelway/shared/contracts/job";
import { readLockRecord } from "@reelway/stack/lock";
import { until } from "@reelway/stack/process/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestStack, type TestStack } from "../../support/test-stack.ts";
import { Wire } from "./wire.ts";

let stack: TestStack;
let host: string;
beforeAll(async () => {
  stack = await startTestStack({ settings: { RATE_LIMITS: "off" } });
  host = new URL(stack.url).host;
});
afterAll(() => stack.stop());

const source = (name: string): UploadSource => ({
  name,
  type: "",
  bytes: 10,
  slice: (start, end) => new Blob(["0123456789".slice(start, end)]),
});
/** A job that waits for its time. */
async function waitingJob(): Promise<Job> {
  const { id } = await stack.client.assets.upload(source("waits.mp4"));
  return stack.client.jobs.create({ assetId: id, preset: "mp4-h264", startAt: Date.now() + 3_600_000 });
}
const logged = () => readFileSync(join(stack.dataDir, "logs", "control-plane.log"), "utf8");
const isServing = async () => (await fetch(`${stack.url}/healthz`, { signal: AbortSignal.timeout(10_000) })).status;

/** Connections that workerd holds open. */
function openHandles(): number {
  const processes = readLockRecord(stack.dataDir)?.workerd ?? [];
  return processes.reduce((sum, { pid }) => sum + readdirSync(`/proc/${pid}/fd`).length, 0);
}

/** What one connection sends, whatever comes back within a while. */
async function spoken(bytes: string | Uint8Array, ended: (wire: Wire) => boolean, withinMs = 5_000): Promise<Wire> {
  const wire = await Wire.open(stack.url);
  wire.send(bytes);
  await until(() => ended(wire) || wire.closed, withinMs);
  return wire;
}

describe("three hundred connections that never come to an end", () => {
  const head = () => `POST /api/v1/assets HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${stack.key}\r\n`;
  const json = "content-type: application/json\r\n";
  const slow: [what: string, begin: () => string, drip: string][] = [
    ["of a request line", () => "GET /api/v1/jo", "o"],
    ["of headers", () => `GET /api/v1/jobs HTTP/1.1\r\nhost: ${host}\r\n`, "x-a: b\r\n"],
    ["of a body", () => `${head()}${json}content-length: 200000\r\n\r\n{"name":"`, "a"],
    ["of a body in chunks", () => `${head()}${json}transfer-encoding: chunked\r\n\r\n`, "1\r\na\r\n"],
    ["of nothing at all", () => "", ""],
  ];

  test("keep nobody else waiting, store nothing, and leave no handle behind", async () => {
    await isServing();
    const before = openHandles();
    const wires: { wire: Wire; drip: string }[] = [];
    for (let round = 0; round < 60; round++)
      for (const [, begin, drip] of slow) {
        const wire = await Wire.open(stack.url);
        wire.send(begin());
        wires.push({ wire, drip });
      }
    for (let second = 0; second < 3; second++) {
      for (const { wire, drip } of wires) if (drip !== "") wire.send(drip);
      const name = `honest-${second}.mp4`;
      expect((await stack.client.assets.upload(source(name))).state).toBe("ready");
      expect(await isServing()).toBe(200);
      await wait(300);
    }
    expect(openHandles()).toBeGreaterThan(before + 200);
    for (const { wire } of wires) wire.drop();
    expect(await until(() => openHandles() < before + 30, 20_000)).toBe(true);
    expect((await stack.client.assets.list()).items).toHaveLength(3);
  });
});

test("a reader that takes nothing of what it asked for keeps nobody else waiting", async () => {
  const wires = await Promise.all(Array.from({ length: 30 }, () => Wire.open(stack.url)));
  for (const wire of wires) {
    wire.pause();
    wire.send(`GET /api/v1/openapi.json HTTP/1.1\r\nhost: ${host}\r\n\r\n`.repeat(50));
  }
  expect(await isServing()).toBe(200);
  for (const wire of wires) wire.drop();
});

describe("a request that is larger than requests are", () => {
  test.each([
    ["a line of 2 MB", () => `GET /${"a".repeat(2_000_000)} HTTP/1.1\r\nhost: ${host}\r\n\r\n`],
    ["a header of 2 MB", () => `GET /healthz HTTP/1.1\r\nhost: ${host}\r\nx-a: ${"a".repeat(2_000_000)}\r\n\r\n`],
    ["300,000 headers", () => `GET /healthz HTTP/1.1\r\nhost: ${host}\r\n${"x-a: b\r\n".repeat(300_000)}\r\n`],
    ["400,000 cookies", () => `GET /healthz HTTP/1.1\r\nhost: ${host}\r\ncookie: ${"a=b; ".repeat(400_000)}\r\n\r\n`],
  ])("by %s is refused, and the next one is served", async (_, make) => {
    const wire = await spoken(make(), ({ statuses }) => statuses.length > 0);
    expect(wire.statuses.every((status) => status >= 400 && status < 500)).toBe(true);
    wire.drop();
    expect(await isServing()).toBe(200);
  });
});

describe("a request that can be read in two ways", () => {
  const hidden = () => `DELETE /api/v1/assets/hidden HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
  const post = (headers: string, body: string) =>
    `POST /api/v1/nothing HTTP/1.1\r\nhost: ${host}\r\n${headers}\r\n\r\n${body}`;
  test.each<[string, () => string]>([
    ["two lengths", () => post(`content-length: 0\r\ncontent-length: ${hidden().length}`, hidden())],
    ["a length and chunks", () => post(`content-length: 4\r\ntransfer-encoding: chunked`, `0\r\n\r\n${hidden()}`)],
    ["a length that is none", () => post("content-length: 0x0", hidden())],
    ["a length with a sign", () => post(`content-length: +0`, hidden())],
    ["chunks of another name", () => post("transfer-encoding: xchunked\r\ncontent-length: 0", hidden())],
    ["chunks twice", () => post("transfer-encoding: chunked\r\ntransfer-encoding: identity", `0\r\n\r\n${hidden()}`)],
    ["a space before the colon", () => post("content-length : 0", hidden())],
    [
      "a chunk that is larger than itself",
      () => post("transfer-encoding: chunked", `ffffffffffffffff1\r\na\r\n0\r\n\r\n${hidden()}`),
    ],
  ])("by %s hides no second one behind it", async (_, make) => {
    const wire = await spoken(make(), ({ statuses }) => statuses.length > 0);
    await wait(300);
    // One that was answered with an error in its form is the last of its connection.
    const [first, ...more] = wire.statuses;
    expect([first === undefined || first >= 400, more]).toEqual([true, []]);
    wire.drop();
    expect(logged()).not.toContain("/assets/hidden");
    expect(await isServing()).toBe(200);
  });

  test("by a length and chunks, or two lengths, would hide one if the server took it", async () => {
    const wire = await spoken(`${post("content-length: 0", "")}${hidden()}`, ({ statuses }) => statuses.length > 1);
    expect(wire.statuses).toHaveLength(2);
    expect(await until(() => logged().includes("/assets/hidden"), 10_000)).toBe(true);
    wire.drop();
  });
});

describe("a request for somewhere else", () => {
  test("is passed on to nobody", async () => {
    let connections = 0;
    const inside = createServer(() => connections++).listen(0, "127.0.0.1");
    await new Promise((resolve) => inside.once("listening", resolve));
    const address = inside.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const at = `127.0.0.1:${port}`;
    for (const text of [
      `GET http://${at}/ HTTP/1.1\r\nhost: ${at}\r\n\r\n`,
      `CONNECT ${at} HTTP/1.1\r\nhost: ${at}\r\n\r\n`,
      `GET / HTTP/1.1\r\nhost: ${at}\r\n\r\n`,
      `GET @${at}/ HTTP/1.1\r\nhost: ${host}@${at}\r\n\r\n`,
      `GET /cdn-cgi/../../${at}/ HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
    ]) {
      const wire = await spoken(text, ({ statuses }) => statuses.length > 0, 2_000);
      wire.drop();
    }
    expect(connections).toBe(0);
    inside.close();
    expect(await isServing()).toBe(200);
  });
});

describe("a WebSocket whose frames are broken", () => {
  const key = Buffer.from("0123456789abcdef").toString("base64");
  test.each<[string, Uint8Array]>([
    ["that claims to be 2^62 bytes", Uint8Array.from([0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])],
    ["that is not masked", Uint8Array.from([0x81, 0x02, 0x68, 0x69])],
    ["of a kind that there is not", Uint8Array.from([0x8b, 0x80, 1, 2, 3, 4])],
    ["of text that is no text", Uint8Array.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe])],
  ])("%s is closed", async (_, frame) => {
    const job = await waitingJob();
    const handshake = `GET /api/v1/jobs/${job.id}/events HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${stack.key}\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n\r\n`;
    const wire = await spoken(handshake, ({ heard }) => heard.includes('"state"'));
    expect(wire.statuses).toEqual([101]);
    wire.send(frame);
    expect(await until(() => wire.closed || wire.heard.includes("\u0088"), 10_000)).toBe(true);
    wire.drop();
    expect(await isServing()).toBe(200);
  });
});
