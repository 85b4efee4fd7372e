import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { channelStub } from "../src/objects/job-channel-stub.ts";
import { api } from "./support/api.ts";
import { fromPage, signInBrowser } from "./support/browser.ts";
import { call, seedJob } from "./support/fleet.ts";
import { bootstrapped, newKey, newTenantKey, type TestKey } from "./support/tenants.ts";
import { newUser, password, signIn } from "./support/users.ts";

let admin: TestKey;
beforeAll(async () => {
  admin = await newTenantKey(await bootstrapped(), "watched");
});

/** A job's live progress over a WebSocket; answers with which code it was closed, once it was. */
async function watch(jobId: string, bearer: string) {
  const headers = { upgrade: "websocket" };
  return watched(await call("GET", `/jobs/${jobId}/events`, `Bearer ${bearer}`, undefined, headers));
}

async function watched({ webSocket }: Response) {
  if (!webSocket) throw new Error("no socket");
  const seen: { frames: number; closed: number | null } = { frames: 0, closed: null };
  webSocket.addEventListener("message", () => {
    seen.frames += 1;
  });
  webSocket.addEventListener("close", ({ code }) => {
    seen.closed = code;
  });
  webSocket.accept();
  await expect.poll(() => seen.frames).toBe(1);
  return seen;
}

test("a revoked key's viewers are cut off, WebSocket and stream; other keys watch on", async () => {
  const { job } = await seedJob("weur", { tenantId: admin.tenantId });
  const revoked = await newKey(admin, { name: "to be revoked", role: "viewer" });
  const kept = await newKey(admin, { name: "kept", role: "viewer" });
  const cutOff = await watch(job.id, revoked.secret);
  const stays = await watch(job.id, kept.secret);
  const stream = await call("GET", `/jobs/${job.id}/events`, `Bearer ${revoked.secret}`);

  await runDurableObjectAlarm(channelStub(env, job.id));
  expect(cutOff.closed).toBeNull();
  expect((await api(`/keys/${revoked.id}`, { method: "DELETE", key: admin.secret })).status).toBe(204);
  await runDurableObjectAlarm(channelStub(env, job.id));
  await expect.poll(() => cutOff.closed).toBe(4_401);
  expect(await stream.text()).toContain("event: status");
  expect(stays.closed).toBeNull();
});

test("so are those of a user who is disabled", async () => {
  const { job } = await seedJob("weur", { tenantId: admin.tenantId });
  const user = await newUser(admin, "watcher@example.com", "viewer");
  const seen = await watch(job.id, (await signIn(user.email)).accessToken);
  await runDurableObjectAlarm(channelStub(env, job.id));
  expect(seen.closed).toBeNull();
  await api(`/users/${user.id}`, { method: "PATCH", key: admin.secret, body: { disabled: true } });
  await runDurableObjectAlarm(channelStub(env, job.id));
  await expect.poll(() => seen.closed).toBe(4_401);
});

test("so is a browser that signs out, and no other of the same key or user", async () => {
  const { job } = await seedJob("weur", { tenantId: admin.tenantId });
  const user = await newUser(admin, "browsing@example.com", "viewer");
  const ways = [{ key: admin.secret }, { email: user.email, password }];
  for (const way of ways) {
    const open = async () => {
      const { ask } = await signInBrowser(way);
      return { ask, seen: await watched(await ask(`/jobs/${job.id}/events`, { headers: { upgrade: "websocket" } })) };
    };
    const [leaves, stays] = [await open(), await open()];
    expect((await leaves.ask("/auth/browser-session", { method: "DELETE", headers: fromPage })).status).toBe(204);
    await runDurableObjectAlarm(channelStub(env, job.id));
    await expect.poll(() => leaves.seen.closed).toBe(4_401);
    expect(stays.seen.closed).toBeNull();
  }
});
