import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PresignedInput } from "@reelway/shared/contracts/grant";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { describe, expect, it } from "vitest";
import { type Download, downloadInput } from "../../src/storage/download.ts";
import { testDirectory } from "../support/directory.ts";
import { testPacing } from "../support/pacing.ts";
import {
  answerWith,
  cutInTheMiddle,
  type Fault,
  md5Of,
  type StorageServer,
  sayNothing,
  silentAfter,
  startStorage,
  trickle,
} from "../support/storage-server.ts";

const object = randomBytes(300_000);

/** An answer that says of these bytes that they are all. */
const wholeOf =
  (body: Buffer, headers: { etag?: string }): Fault =>
  (_request, response) =>
    response.writeHead(200, { ...headers, "content-length": body.length }).end(body);

async function scene(overrides: Partial<Download> = {}, etag = md5Of(object)) {
  const storage = await startStorage();
  storage.objects.set("source", object);
  const path = join(await testDirectory(), "source");
  const grant = grantFor(storage, etag);
  const received: number[] = [];
  const refreshed: number[] = [];
  const download: Download = {
    grant,
    path,
    refresh: async () => {
      refreshed.push(storage.seen.length);
      return grant;
    },
    onBytes: (bytes) => received.push(bytes),
    signal: new AbortController().signal,
    stallMs: 5_000,
    pacing: testPacing(),
    ...overrides,
  };
  return { storage, path, download, received, refreshed };
}

function grantFor(storage: StorageServer, etag: string): PresignedInput {
  const request = storage.grant("GET", "source", { "If-Match": `"${etag}"` });
  return { kind: "presigned", role: "source", bytes: object.length, etag, contentType: "video/mp4", request };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "nothing was thrown",
    (error: unknown) => (error instanceof ReelwayError ? error.code : String(error)),
  );

describe("downloadInput", () => {
  it("brings the whole object and reports its bytes", async () => {
    const { download, path, received } = await scene();
    await downloadInput(download);
    expect((await readFile(path)).equals(object)).toBe(true);
    expect(received.at(-1)).toBe(object.length);
  });

  it("goes on where a connection broke, without fetching a byte twice", async () => {
    const { storage, download, path } = await scene({ stallMs: 400 });
    storage.faults.push(silentAfter(100_000), silentAfter(50_000));
    await downloadInput(download);
    expect((await readFile(path)).equals(object)).toBe(true);
    expect(storage.seen.map(({ range }) => range)).toEqual([undefined, "bytes=100000-", "bytes=150000-"]);
  });

  it("survives connections that are cut in the middle", async () => {
    const { storage, download, path } = await scene();
    storage.faults.push(cutInTheMiddle, cutInTheMiddle);
    await downloadInput(download);
    expect((await readFile(path)).equals(object)).toBe(true);
  });

  it("begins anew when the storage ignores Range", async () => {
    const { storage, download, path } = await scene({ stallMs: 400 });
    const whole: Fault = (_request, response) =>
      response.writeHead(200, { etag: `"${md5Of(object)}"`, "content-length": object.length }).end(object);
    storage.faults.push(silentAfter(100_000), whole);
    await downloadInput(download);
    expect((await readFile(path)).equals(object)).toBe(true);
  });

  it("waits longer each time the storage fails, and gives up as download_failed", async () => {
    const pacing = testPacing();
    const { storage, download } = await scene({ pacing });
    storage.faults.push(...Array.from({ length: 20 }, () => answerWith(503)));
    expect(await codeOf(downloadInput(download))).toBe("download_failed");
    expect(storage.seen).toHaveLength(6);
    expect(pacing.slept).toEqual([375, 750, 1_500, 3_000, 6_000]);
  });

  it("notices a connection on which nothing moves", async () => {
    const { storage, download, path } = await scene({ stallMs: 400 });
    storage.faults.push(sayNothing);
    await downloadInput(download);
    expect((await readFile(path)).equals(object)).toBe(true);
    expect(storage.seen).toHaveLength(2);
  });

  it("takes a storage that trickles for one that is away", async () => {
    const { storage, download } = await scene({ stallMs: 400 });
    storage.faults.push(...Array.from({ length: 6 }, () => trickle));
    expect(await codeOf(downloadInput(download))).toBe("download_failed");
    expect(storage.seen).toHaveLength(6);
  });

  it("asks for a fresh grant when the first has run out", async () => {
    const { storage, download, refreshed } = await scene();
    storage.faults.push(answerWith(403));
    await downloadInput(download);
    expect(refreshed).toEqual([1]);
  });

  it("fails as input_changed when the object was replaced, is gone, or has another size", async () => {
    const replaced = await scene({}, md5Of(Buffer.from("another")));
    expect(await codeOf(downloadInput(replaced.download))).toBe("input_changed");
    const gone = await scene();
    gone.storage.objects.delete("source");
    expect(await codeOf(downloadInput(gone.download))).toBe("input_changed");
    const shorter = await scene();
    shorter.storage.faults.push(wholeOf(object.subarray(1), {}));
    expect(await codeOf(downloadInput(shorter.download))).toBe("input_changed");
  });

  it("tries an answer again that has too few bytes of the right ETag's object and says that it is whole", async () => {
    const { storage, download, path } = await scene();
    storage.faults.push(wholeOf(object.subarray(0, object.length / 2), { etag: `"${md5Of(object)}"` }));
    await downloadInput(download);
    expect((await readFile(path)).equals(object)).toBe(true);
    expect(storage.seen).toHaveLength(2);
  });

  it("refuses bytes under the right ETag that do not have its MD5, and tries them again", async () => {
    const { storage, download, path } = await scene();
    const damaged = Buffer.from(object);
    damaged[1_000] = (damaged[1_000] ?? 0) ^ 1;
    storage.faults.push(wholeOf(damaged, { etag: `"${md5Of(object)}"` }));
    await downloadInput(download);
    expect((await readFile(path)).equals(object)).toBe(true);
  });

  it("ends with the signal's reason in the middle of the body", async () => {
    const controller = new AbortController();
    const { download, storage } = await scene({
      signal: controller.signal,
      onBytes: () => controller.abort(new ReelwayError("lease_lost")),
    });
    expect(await codeOf(downloadInput(download))).toBe("lease_lost");
    expect(storage.seen).toHaveLength(1);
  });
});
