import { createClient } from "@reelway/shared/client/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { smallClip } from "../support/clips.ts";
import { newTenant } from "../support/new-tenant.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert } from "./convert.ts";

let stack: TestStack;
let strangerKey: string;
beforeAll(async () => {
  stack = await startTestStack();
  await stack.startRunner();
  strangerKey = (await newTenant(stack, "Stranger")).key;
});
afterAll(() => stack.stop());

test("another tenant's admin can't see, list or detect anything", async () => {
  const job = await convert(stack.client, smallClip(), { preset: "mp3" });
  const stranger = createClient({ url: stack.url, key: strangerKey });
  expect((await stranger.jobs.list()).items).toEqual([]);
  expect((await stranger.assets.list()).items).toEqual([]);
  expect((await stranger.keys.list()).items.map(({ name }) => name)).toEqual(["theirs"]);

  const missing = (id: string) => id.replace(/_(\w{26})_/, "_01jdzzzzzzzzzzzzzzzzzzzzzz_");
  const routes: [method: string, path: string, id: string][] = [
    ...["", "/status", "/outputs", "/download", "/metadata", "/thumbnail", "/events"].map(
      (suffix): [string, string, string] => ["GET", `/jobs/ID${suffix}`, job.id],
    ),
    ["POST", "/jobs/ID/cancel", job.id],
    ["POST", "/jobs/ID/retry", job.id],
    ["GET", "/assets/ID", job.assetId],
    ["GET", "/assets/ID/upload", job.assetId],
    ["POST", "/assets/ID/complete", job.assetId],
    ["DELETE", "/assets/ID", job.assetId],
  ];
  for (const [method, path, id] of routes) {
    const [theirs, none] = await Promise.all([
      ask(method, path.replace("ID", id)),
      ask(method, path.replace("ID", missing(id))),
    ]);
    expect(theirs, `${method} ${path}`).toEqual(none);
    expect(theirs.status, `${method} ${path}`).toBe(404);
  }
  await expect(stranger.jobs.create({ assetId: job.assetId, preset: "mp3" })).rejects.toMatchObject({
    code: "not_found",
  });
  await expect(stranger.runners.list()).rejects.toMatchObject({ code: "forbidden" });
  await expect(stranger.tenants.list()).rejects.toMatchObject({ code: "forbidden" });
  expect((await stack.client.assets.get(job.assetId)).state).toBe("ready");
});

/** An answer without what differs between any two of them. */
async function ask(method: string, path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${stack.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${strangerKey}` },
  });
  const { requestId: _, ...body } = (await response.json()) as Record<string, unknown>;
  return { status: response.status, body };
}

test("a revoked key is refused at once", async () => {
  const key = await stack.client.keys.create({ name: "short-lived", role: "viewer" });
  const client = createClient({ url: stack.url, key: key.secret ?? "" });
  await client.jobs.list();
  await stack.client.keys.revoke(key.id);
  await expect(client.jobs.list()).rejects.toMatchObject({ code: "unauthenticated" });
});
