import { freePort } from "@reelway/stack/ports";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";

/** A tenant's own S3 store: another process than Reelway's, with a bucket and credentials of its own. */
export interface S3Store {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  put(key: string, bytes: Uint8Array): Promise<void>;
  read(key: string): Promise<Uint8Array | null>;
  keys(): Promise<string[]>;
  stop(): Promise<void>;
}

const BUCKET = "tenants-own";

/** Starts R2's simulator on a port of its own: it speaks S3 and checks signatures. */
export async function startS3Store(): Promise<S3Store> {
  const credentials = { accessKeyId: "tenant-key-id", secretAccessKey: "tenant-secret-never-to-be-seen" };
  const port = await freePort("127.0.0.1", 0);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port,
      cf: false,
      log: new Log(LogLevel.NONE),
      telemetry: { enabled: false },
      workers: [
        {
          name: "store",
          routes: ["127.0.0.1/*"],
          modules: true,
          script: "export default { fetch: () => new Response(null, { status: 404 }) }",
          r2Buckets: { BUCKET: { id: BUCKET, s3Credentials: credentials } },
        },
      ],
    }),
  );
  await miniflare.ready;
  const bucket = await miniflare.getR2Bucket("BUCKET");
  return {
    endpoint: `http://127.0.0.1:${port}/cdn-cgi/local/r2/s3`,
    bucket: BUCKET,
    ...credentials,
    async put(key, bytes) {
      await bucket.put(key, bytes);
    },
    async read(key) {
      const object = await bucket.get(key);
      return object && new Uint8Array(await object.arrayBuffer());
    },
    keys: async () => (await bucket.list()).objects.map(({ key }) => key),
    stop: () => miniflare.dispose(),
  };
}
