import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, test } from "vitest";
import { probeCopySource } from "./copy-source-probe.ts";
import { startStorageStandIn } from "./testing/storage-stand-in.ts";

const credentials = { accessKeyId: "id", secretAccessKey: "secret" };
let simulator: Miniflare;
let endpoint: string;

beforeAll(async () => {
  simulator = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      log: new Log(LogLevel.NONE),
      workers: [
        {
          name: "storage",
          modules: true,
          script: "export default { fetch: () => new Response() }",
          r2Buckets: { BUCKET: { id: "bucket", s3Credentials: credentials } },
        },
      ],
    }),
  );
  endpoint = `${String(await simulator.ready).replace(/\/$/, "")}/cdn-cgi/local/r2/s3`;
});

afterAll(async () => await simulator.dispose());

test("notices a storage that copies: the simulator does", async () => {
  expect(await probeCopySource({ endpoint, bucket: "bucket", ...credentials })).toBe("copied");
});

test("is content with one that refuses", async () => {
  const storage = await startStorageStandIn();
  expect(await probeCopySource({ endpoint: storage.url, bucket: "bucket", ...credentials })).toBe("refused");
  await storage.stop();
});

test("does not take a storage that refuses everything for a safe one", async () => {
  const access = { endpoint, bucket: "bucket", accessKeyId: "id", secretAccessKey: "wrong" };
  await expect(probeCopySource(access)).rejects.toThrow(/refused a plain presigned PUT \(403\)/);
});
