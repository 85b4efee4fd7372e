import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { fromPage, signInBrowser } from "../support/browser.ts";
import { makeKey, makeRunner, seedJob } from "../support/fleet.ts";
import { servedOperations } from "../support/operations.ts";
import { bootstrapped, newKey, type TestKey } from "../support/tenants.ts";

const upgrade = { upgrade: "websocket" };
const DOORBELL = "/runner/doorbell";
let admin: TestKey;
beforeAll(async () => {
  admin = await bootstrapped();
});

function open(path: string, headers: Record<string, string>): Promise<Response> {
  return exports.default.fetch(`https://reelway.test/api/v1${path}`, { headers: { ...upgrade, ...headers } });
}

/** A socket that was let in, with what it has received and how it ended. */
async function opened(path: string, authorization: string) {
  const { webSocket } = await open(path, { authorization });
  if (!webSocket) throw new Error("not let in");
  const heard: unknown[] = [];
  const ended: number[] = [];
  webSocket.addEventListener("message", ({ data }) => void heard.push(data));
  webSocket.addEventListener("close", ({ code }) => void ended.push(code));
  webSocket.accept();
  return { webSocket, heard, ended };
}

describe("a socket that only listens", () => {
  it.each(["x", "{}", '{"type":"work"}', "x".repeat(100_000), new Uint8Array(1_000)])(
    "is closed when it talks, and those of others are not",
    async (message) => {
      const { tenantId, authorization } = await makeKey("member");
      const { job } = await seedJob("weur", { tenantId });
      const path = `/jobs/${job.id}/events`;
      const loud = await opened(path, authorization);
      const quiet = await opened(path, authorization);
      await vi.waitUntil(() => loud.heard.length === 1 && quiet.heard.length === 1);
      for (let count = 0; count < 50; count++) loud.webSocket.send(message);
      await vi.waitUntil(() => loud.ended.length > 0);
      expect(loud.ended).toEqual([1_008]);
      expect([loud.heard.length, quiet.heard.length, quiet.ended]).toEqual([1, 1, []]);
      quiet.webSocket.close();
    },
  );

  it("is a runner's, too, which may ask whether anybody is there", async () => {
    const runner = await makeRunner("weur");
    const { webSocket, heard, ended } = await opened(DOORBELL, runner.authorization);
    webSocket.send("ping");
    await vi.waitUntil(() => heard.length > 0);
    expect([heard, ended]).toEqual([["pong"], []]);
    webSocket.send('{"type":"work"}');
    await vi.waitUntil(() => ended.length > 0);
    expect(ended).toEqual([1_008]);
  });
});

describe("a WebSocket", () => {
  it("is opened by nobody who may not, with a credential wherever it does not belong, or for another runner", async () => {
    const { job } = await seedJob("weur", { tenantId: admin.tenantId });
    const events = `/jobs/${job.id}/events`;
    const runner = await makeRunner("weur");
    const bearer = { authorization: `Bearer ${admin.secret}` };
    const { cookie } = await signInBrowser({ key: admin.secret });
    const stranger = await makeKey("admin");
    const scoped = await newKey(admin, { name: "viewer", role: "viewer" });
    const tries: [string, string, Record<string, string>, number][] = [
      ["nothing", events, {}, 401],
      ["a token in the query", `${events}?token=${admin.secret}&access_token=${admin.secret}`, {}, 401],
      ["a token as protocol", events, { "sec-websocket-protocol": `rw.v1, ${admin.secret}` }, 401],
      ["another tenant's key", events, { authorization: stranger.authorization }, 404],
      ["a runner", events, { authorization: runner.authorization }, 403],
      ["a cookie from elsewhere", events, { cookie, origin: "https://evil.example" }, 403],
      ["a cookie from nowhere", events, { cookie }, 403],
      ["a cookie from our host by another way", events, { cookie, origin: "http://reelway.test" }, 403],
      ["a cookie from a frame in a sandbox", events, { cookie, origin: "null" }, 403],
      ["nothing at the doorbell", DOORBELL, {}, 401],
      ["an admin at the doorbell", DOORBELL, bearer, 403],
      ["a browser at the doorbell", DOORBELL, { cookie, ...fromPage }, 403],
      ["another runner's id at the doorbell", DOORBELL, { ...bearer, "x-runner-id": runner.id }, 403],
    ];
    for (const [what, path, headers, status] of tries) {
      const answer = await open(path, headers);
      expect([what, answer.status, answer.webSocket ?? null]).toEqual([what, status, null]);
    }
    const viewer = await opened(events, `Bearer ${scoped.secret}`);
    viewer.webSocket.close();
  });

  it("is opened on no other path", async () => {
    const sockets = ["/jobs/{id}/events", DOORBELL].map((path) => `/api/v1${path}`);
    const others = (await servedOperations()).filter(({ method, path }) => method === "GET" && !sockets.includes(path));
    for (const { path } of others) {
      const filled = path.replace(/\{[^}]+\}/g, "01arz3ndektsv4rrffq69g5fav");
      const headers = { ...upgrade, authorization: `Bearer ${admin.secret}` };
      const answer = await exports.default.fetch(`https://reelway.test${filled}`, { headers });
      expect([path, answer.status === 101, answer.webSocket ?? null]).toEqual([path, false, null]);
      await answer.body?.cancel();
    }
  });
});
