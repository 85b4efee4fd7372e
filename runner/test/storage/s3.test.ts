import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { BucketAccess } from "@reelway/shared/contracts/grant";
import type { OutputFile } from "@reelway/shared/contracts/manifest";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { guardedAgent } from "@reelway/shared/net/guarded-agent";
import { describe, expect, it, onTestFinished } from "vitest";
import { deliverToBucket } from "../../src/storage/s3-delivery.ts";
import { s3Source } from "../../src/storage/s3-source.ts";
import { testDirectory } from "../support/directory.ts";

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}
type Answer = (seen: Seen, response: ServerResponse) => void;

const secretAccessKey = "tenant-secret-never-to-be-seen";
const policy = { allowPrivate: true, ownHosts: [] };
const signal = new AbortController().signal;
const refusal =
  (status: number, code: string): Answer =>
  (_, response) =>
    response.writeHead(status, { "content-type": "application/xml" }).end(`<Error><Code>${code}</Code></Error>`);

/** A store on a real socket that keeps what it was sent: what goes over the wire is what other stores would see. */
async function startStore(answer: Answer, { allowPrivate = true } = {}) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url = "", headers } = request;
    const one = { method, path: url, headers, body: Buffer.concat(chunks) };
    seen.push(one);
    answer(one, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const agent = guardedAgent({ allowPrivate, connectTimeoutMs: 2_000, idleTimeoutMs: 2_000 });
  onTestFinished(async () => {
    await agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${port}/a/path`;
  const bucket: BucketAccess = {
    endpoint,
    region: "eu-central-1",
    bucket: "films",
    accessKeyId: "key",
    secretAccessKey,
  };
  return { seen, bucket, access: { agent, policy } };
}

async function deliver(store: Awaited<ReturnType<typeof startStore>>, content: Buffer, name = "video one.mp4") {
  const path = join(await testDirectory(), "file");
  await writeFile(path, content);
  const file = { path, name, role: "video" as const, contentType: "video/mp4" };
  const output: OutputFile = { ...file, bytes: content.length, md5: "", sha256: "", etag: "" };
  const grant = { kind: "s3" as const, connectionId: "con_1", ...store.bucket, prefix: "out/job_1/" };
  return deliverToBucket([file], [output], { grant, access: store.access, onBytes: () => undefined, signal });
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => ({ code: "nothing was thrown", text: "" }),
    (error: unknown) => ({
      code: error instanceof ReelwayError ? error.code : String(error),
      text: JSON.stringify(error, Object.getOwnPropertyNames(error)),
    }),
  );

describe("delivering to a tenant's own store", () => {
  const takes: Answer = (_, response) => response.writeHead(200, { etag: '"x"' }).end();

  it("asks in the form that every store knows: path style, its region, no checksum trailers", async () => {
    const store = await startStore(takes);
    const content = randomBytes(100_000);
    const report = await deliver(store, content);
    expect(report).toEqual({
      connectionId: "con_1",
      bucket: "films",
      prefix: "out/job_1/",
      files: 1,
      bytes: content.length,
    });
    const [put] = store.seen;
    expect(store.seen).toHaveLength(1);
    expect([put?.method, put?.path]).toEqual(["PUT", "/a/path/films/out/job_1/video%20one.mp4?x-id=PutObject"]);
    expect(put?.body).toEqual(content);
    expect(put?.headers).toMatchObject({ "content-type": "video/mp4", "content-length": String(content.length) });
    expect(put?.headers.authorization).toMatch(/Credential=key\/\d{8}\/eu-central-1\/s3\/aws4_request/);
    const names = Object.keys(put?.headers ?? {}).join(" ");
    expect(names).not.toMatch(/checksum|trailer|content-encoding|expect/);
  });

  it("sends a large file in parts, and leaves none behind when it fails", async () => {
    const content = randomBytes(17 * 1024 * 1024);
    const inParts: Answer = ({ method, path }, response) => {
      if (path.includes("uploads")) return response.end(initiated);
      if (path.includes("partNumber=2") && breaks) return refusal(403, "AccessDenied")({} as Seen, response);
      if (method === "POST") return response.end(completed);
      response.writeHead(method === "DELETE" ? 204 : 200, { etag: '"part"' }).end();
    };
    let breaks = false;
    const store = await startStore(inParts);
    await deliver(store, content);
    const parts = store.seen.filter(({ path }) => path.includes("partNumber="));
    expect(parts.map(({ body }) => body.length).sort((a, b) => b - a)).toEqual([16 * 1024 * 1024, 1024 * 1024]);

    breaks = true;
    const refusing = await startStore(inParts);
    expect((await failureOf(deliver(refusing, content))).code).toBe("destination_refused");
    expect(refusing.seen.filter(({ method, path }) => method === "DELETE" && path.includes("uploadId="))).toHaveLength(
      1,
    );
  });

  it.each([
    [403, "AccessDenied", "destination_refused", 1],
    [404, "NoSuchBucket", "destination_refused", 1],
    [301, "PermanentRedirect", "destination_refused", 1],
    [500, "InternalError", "destination_unavailable", 3],
    [503, "SlowDown", "destination_unavailable", 3],
  ])("%i %s is %s, after %i attempts, and tells no secret", async (status, store_code, code, attempts) => {
    const store = await startStore(refusal(status, store_code));
    const failure = await failureOf(deliver(store, randomBytes(1_000)));
    expect([failure.code, store.seen.length]).toEqual([code, attempts]);
    expect(failure.text).toContain(store_code === "PermanentRedirect" ? "301" : store_code);
    expect(failure.text).not.toContain(secretAccessKey);
  });

  it("hears no more than a bounded answer, whatever the store goes on saying", async () => {
    const { answer, heard } = endless(200);
    const store = await startStore(answer);
    expect((await failureOf(deliver(store, randomBytes(17 * 1024 * 1024)))).code).toBe("destination_unavailable");
    for (const bytes of heard) expect(bytes).toBeLessThan(endlessBytes);
  });

  it("goes to no address that is not public, nor to a name that is not", async () => {
    const store = await startStore(takes, { allowPrivate: false });
    expect((await failureOf(deliver(store, randomBytes(10)))).code).toBe("destination_refused");
    const strict = { ...store.access, policy: { allowPrivate: false, ownHosts: [] } };
    for (const endpoint of ["https://metadata.internal", "http://store.example.com", "https://127.0.0.1"])
      expect(
        (await failureOf(deliver({ ...store, access: strict, bucket: { ...store.bucket, endpoint } }, randomBytes(10))))
          .code,
      ).toBe("destination_refused");
    expect(store.seen).toHaveLength(0);
  });
});

describe("a source in a tenant's own store", () => {
  it("is given up where the store's refusal has no end", async () => {
    const { answer, heard } = endless(403);
    const store = await startStore(answer);
    const source = s3Source({ kind: "s3", role: "source", bytesMax: 1e6, ...store.bucket, key: "a" }, store.access);
    expect((await failureOf(source(0, null, signal))).code).toContain("has no end");
    for (const bytes of heard) expect(bytes).toBeLessThan(endlessBytes);
  });

  const key = "in/the film.mp4";
  const open = (store: Awaited<ReturnType<typeof startStore>>) =>
    s3Source({ kind: "s3", role: "source", bytesMax: 1e6, ...store.bucket, key }, store.access);

  it("is read whole, then from where it broke off if it is still the same", async () => {
    const store = await startStore(({ headers: { range } }, response) => {
      if (range === undefined) response.writeHead(200, { "content-length": 5, etag: '"v1"' }).end("films");
      else response.writeHead(206, { "content-range": "bytes 3-4/5", "content-length": 2, etag: '"v1"' }).end("ms");
    });
    const source = open(store);
    expect(await source(0, null, signal)).toMatchObject({ from: 0, totalBytes: 5, validator: '"v1"' });
    const part = await source(3, '"v1"', signal);
    expect(part).toMatchObject({ from: 3, totalBytes: 5 });
    part.body.destroy();
    expect(store.seen.map(({ headers }) => [headers.range, headers["if-match"]])).toEqual([
      [undefined, undefined],
      ["bytes=3-", '"v1"'],
    ]);
  });

  it("that was replaced meanwhile comes whole; one that was deleted is not found", async () => {
    const replaced = await startStore((seen, response) => {
      if (seen.headers.range !== undefined) return refusal(412, "PreconditionFailed")(seen, response);
      response.writeHead(200, { "content-length": 3, etag: '"v2"' }).end("new");
    });
    expect(await open(replaced)(2, '"v1"', signal)).toMatchObject({ from: 0, validator: '"v2"' });
    const deleted = await startStore((seen, response) =>
      seen.headers.range === undefined
        ? refusal(404, "NoSuchKey")(seen, response)
        : refusal(412, "PreconditionFailed")(seen, response),
    );
    expect((await failureOf(open(deleted)(2, '"v1"', signal))).code).toBe("source_not_found");
  });

  it.each([
    [404, "NoSuchKey", "source_not_found"],
    [403, "SignatureDoesNotMatch", "source_refused"],
    [503, "SlowDown", "Error: the store answered 503 SlowDown"],
  ])("%i %s is told as %s", async (status, code, told) => {
    const store = await startStore(refusal(status, code));
    const failure = await failureOf(open(store)(0, null, signal));
    expect(failure.code).toBe(told);
    expect(failure.text).not.toContain(secretAccessKey);
  });
});

/** Far more than sockets buffer, little enough that a reader without a bound gets to its end. */
const endlessBytes = 64 * 1024 * 1024;
/** An answer that goes on as long as somebody reads it; `heard` is how much of each was taken. */
function endless(status: number) {
  const heard: number[] = [];
  const answer: Answer = (_, response) => {
    const index = heard.push(0) - 1;
    const chunk = Buffer.alloc(64 * 1024, " ");
    const body = new Readable({
      read() {
        const sent = (heard[index] ?? 0) + chunk.length;
        heard[index] = sent;
        this.push(sent > endlessBytes ? null : chunk);
      },
    });
    response.writeHead(status, { "content-type": "application/xml" });
    response.on("close", () => body.destroy());
    body.pipe(response);
  };
  return { answer, heard };
}

const initiated = `<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>`;
const completed = `<CompleteMultipartUploadResult><ETag>"x-2"</ETag></CompleteMultipartUploadResult>`;
