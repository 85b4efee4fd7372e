import { createHash, randomBytes } from "node:crypto";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type S3Store, startS3Store } from "../../support/s3-store.ts";
import { openStorageGate, type StorageFault, type StorageGate } from "./storage-gate.ts";

const bytes = randomBytes(200_000);

let store: S3Store;
let gate: StorageGate;
beforeAll(async () => {
  store = await startS3Store();
  gate = await openStorageGate(Number(new URL(store.endpoint).port));
});
afterAll(async () => {
  await gate.stop();
  await store.stop();
});

/** Asks once: nothing of a client's own patience may come between. */
async function withClient<Answer>(ask: (client: S3Client, bucket: string) => Promise<Answer>): Promise<Answer> {
  const { endpoint, bucket, accessKeyId, secretAccessKey } = store;
  const client = new S3Client({
    ...{ endpoint: endpoint.replace(new URL(endpoint).origin, gate.url), region: "auto", forcePathStyle: true },
    ...{ credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 },
  });
  return ask(client, bucket).finally(() => client.destroy());
}

const put = (key: string) =>
  withClient((client, Bucket) => client.send(new PutObjectCommand({ Bucket, Key: key, Body: bytes })));
const got = (key: string) =>
  withClient(async (client, Bucket) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  });
const during = (fault: StorageFault | null) => gate.set(() => fault);
const md5 = (of: Uint8Array) => createHash("md5").update(of).digest("hex");

test("passes all on in fair weather", async () => {
  during(null);
  await put("fair");
  expect(md5(await got("fair"))).toBe(md5(bytes));
});

test("a 503 takes no effect", async () => {
  during("unavailable");
  await expect(put("unavailable")).rejects.toThrow();
  expect(await store.read("unavailable")).toBeNull();
});

test("an upload that is cut takes no effect, and a download that is cut is no file", async () => {
  during("cut");
  await expect(put("cut")).rejects.toThrow();
  expect(await store.read("cut")).toBeNull();
  await store.put("cut", bytes);
  await expect(got("cut")).rejects.toThrow();
});

test("a short answer says that it is whole", async () => {
  await store.put("short", bytes);
  during("short");
  expect((await got("short")).length).toBe(bytes.length * 0.6);
});

test("an upload whose answer is lost took effect", async () => {
  during("silent");
  await expect(put("silent")).rejects.toThrow();
  expect(md5((await store.read("silent")) ?? new Uint8Array())).toBe(md5(bytes));
});

test("slow is whole, and late", async () => {
  await store.put("slow", bytes);
  during("slow");
  const since = performance.now();
  expect(md5(await got("slow"))).toBe(md5(bytes));
  expect(performance.now() - since).toBeGreaterThan(2_900);
});

test("counts what met which fault", () => {
  expect(gate.met).toEqual({ slow: 1, unavailable: 1, cut: 2, short: 1, silent: 1 });
});
