import { createHash, randomBytes } from "node:crypto";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NotReachableError } from "@reelway/shared/client/api-error";
import type { LeaseClient } from "@reelway/shared/client/runner-client";
import type { OutputGrantRequest, OutputMultipartRequest } from "@reelway/shared/contracts/grant";
import { OutputFile } from "@reelway/shared/contracts/manifest";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { describe, expect, it } from "vitest";
import type { ProducedFile } from "../../src/kinds/kind.ts";
import { createLog } from "../../src/log.ts";
import { type UploadOptions, uploadOutputs } from "../../src/storage/upload.ts";
import { testDirectory } from "../support/directory.ts";
import { testPacing } from "../support/pacing.ts";
import { answerWith, cutUpload, md5Of, type StorageServer, sip, startStorage } from "../support/storage-server.ts";

const video = randomBytes(200_000);

/** The control plane's part of an upload, signing for a storage on a real socket. */
class SigningLease implements Pick<LeaseClient, "outputs" | "multipart" | "completeMultipart"> {
  readonly calls: string[] = [];
  readonly storage: StorageServer;
  away = 0;

  constructor(storage: StorageServer) {
    this.storage = storage;
  }

  async outputs({ files }: OutputGrantRequest) {
    this.calls.push(`outputs ${files.map(({ name }) => name).join(" ")}`);
    if (this.away-- > 0) throw new NotReachableError("the control plane did not answer", new Error("refused"));
    return {
      files: files.map(({ name, bytes, contentType, md5 }) => ({
        kind: "presigned" as const,
        name,
        request: this.storage.grant("PUT", name, {
          "content-length": String(bytes),
          "content-type": contentType,
          "content-md5": Buffer.from(md5, "hex").toString("base64"),
          "if-none-match": "*",
        }),
      })),
    };
  }

  async multipart({ name, parts, uploadId = "upload-1" }: OutputMultipartRequest) {
    this.calls.push(`multipart ${name} ${parts.map(({ partNumber }) => partNumber).join(",")}`);
    return {
      uploadId,
      parts: parts.map(({ partNumber, bytes, md5 }) => ({
        partNumber,
        request: this.storage.grant("PUT", `${name}.${partNumber}`, {
          "content-length": String(bytes),
          "content-md5": Buffer.from(md5, "hex").toString("base64"),
        }),
      })),
    };
  }

  async completeMultipart({ name, parts }: { name: string; parts: { partNumber: number; etag: string }[] }) {
    this.calls.push(`complete ${name}`);
    const bodies = parts.map(({ partNumber }) => this.storage.objects.get(`${name}.${partNumber}`) ?? Buffer.alloc(0));
    this.storage.objects.set(name, Buffer.concat(bodies));
    const hash = createHash("md5");
    for (const { etag } of parts) hash.update(Buffer.from(etag, "hex"));
    return { etag: `${hash.digest("hex")}-${parts.length}` };
  }
}

const notPartOfThis = () => Promise.reject(new Error("not a part of an upload"));

async function scene(overrides: Partial<UploadOptions> = {}) {
  const storage = await startStorage();
  const lease = new SigningLease(storage);
  const outputDirectory = await testDirectory();
  await writeFile(join(outputDirectory, "video.mp4"), video);
  const pacing = testPacing();
  const progress: number[] = [];
  const options: UploadOptions = {
    lease: {
      inputs: notPartOfThis,
      findings: () => Promise.reject(new Error("not asked for")),
      reports: notPartOfThis,
      files: notPartOfThis,
      progress: notPartOfThis,
      complete: notPartOfThis,
      fail: notPartOfThis,
      release: notPartOfThis,
      outputs: (request) => lease.outputs(request),
      multipart: (request) => lease.multipart(request),
      completeMultipart: (request) => lease.completeMultipart(request),
    },
    outputDirectory,
    multipartThresholdBytes: limits.multipartThresholdBytes,
    spoolMs: 60_000,
    onProgress: (sent) => progress.push(sent),
    signal: new AbortController().signal,
    stallMs: 5_000,
    pacing,
    log: createLog("silent"),
    ...overrides,
  };
  return { storage, lease, options, outputDirectory, pacing, progress, file: produced(outputDirectory, "video.mp4") };
}

function produced(directory: string, name: string): ProducedFile {
  return { path: join(directory, name), name, role: "video", contentType: "video/mp4" };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "nothing was thrown",
    (error: unknown) => (error instanceof ReelwayError ? error.code : String(error)),
  );

describe("uploadOutputs", () => {
  it("uploads with the granted headers and answers what the manifest needs", async () => {
    const { storage, options, file, progress } = await scene();
    const [output] = await uploadOutputs([file], options);
    expect(OutputFile.parse(output)).toEqual({
      name: "video.mp4",
      role: "video",
      bytes: video.length,
      contentType: "video/mp4",
      md5: md5Of(video),
      sha256: createHash("sha256").update(video).digest("hex"),
      etag: md5Of(video),
    });
    expect(storage.objects.get("video.mp4")?.equals(video)).toBe(true);
    expect(progress.at(-1)).toBe(video.length);
  });

  it("tries a broken PUT exactly three times, with growing pauses", async () => {
    const { storage, options, file, pacing } = await scene();
    storage.faults.push(cutUpload, answerWith(500));
    await uploadOutputs([file], options);
    expect(storage.seen).toHaveLength(3);
    expect(pacing.slept).toEqual([750, 1_500]);
  });

  it("takes 412 for its own bytes of an earlier attempt", async () => {
    const { storage, options, file } = await scene();
    // The bytes arrive, the answer does not.
    storage.faults.push((request) => {
      storage.objects.set("video.mp4", video);
      request.destroy();
    });
    const [output] = await uploadOutputs([file], options);
    expect(output?.etag).toBe(md5Of(video));
    expect(storage.seen).toHaveLength(2);
  });

  it("keeps results while the storage is away, and sends them with fresh grants when it is back", async () => {
    const { storage, lease, options, file, pacing } = await scene();
    storage.faults.push(...Array.from({ length: 6 }, () => answerWith(503)));
    const [output] = await uploadOutputs([file], options);
    expect(output?.md5).toBe(md5Of(video));
    expect(storage.seen).toHaveLength(7);
    expect(lease.calls).toHaveLength(3);
    expect(pacing.slept).toEqual([750, 1_500, 15_000, 750, 1_500, 15_000]);
  });

  it("takes a storage that sips for one that is away", async () => {
    const { storage, options, file, outputDirectory } = await scene({ stallMs: 100, spoolMs: 0 });
    // More than the kernel takes off our hands by itself.
    await writeFile(join(outputDirectory, "video.mp4"), Buffer.alloc(24 * 1024 * 1024));
    storage.faults.push(sip, sip, sip);
    expect(await codeOf(uploadOutputs([file], options))).toBe("upload_failed");
    expect(storage.seen).toHaveLength(3);
  });

  it("gives up as upload_failed when the spool's time is over", async () => {
    const { storage, options, file } = await scene({ spoolMs: 20_000 });
    storage.faults.push(...Array.from({ length: 50 }, () => answerWith(503)));
    expect(await codeOf(uploadOutputs([file], options))).toBe("upload_failed");
    expect(storage.seen).toHaveLength(9);
  });

  it("does not wait for a storage that refuses", async () => {
    const { storage, options, file, lease } = await scene();
    storage.faults.push(answerWith(403), answerWith(403), answerWith(403));
    expect(await codeOf(uploadOutputs([file], options))).toBe("upload_failed");
    expect(storage.seen).toHaveLength(3);
    expect(lease.calls).toHaveLength(3);
  });

  it("refuses to report an object that is not what was sent", async () => {
    const { storage, options, file } = await scene();
    storage.faults.push((request, response) => {
      request.resume();
      response.writeHead(200, { etag: `"${md5Of(Buffer.from("copied"))}"` }).end();
    });
    expect(await codeOf(uploadOutputs([file], options))).toBe("upload_failed");
  });

  it("waits for a control plane that is away", async () => {
    const { lease, options, file, storage } = await scene();
    lease.away = 2;
    await uploadOutputs([file], options);
    expect(storage.seen).toHaveLength(1);
  });

  it("ends at once when the lease is lost while it waits", async () => {
    const controller = new AbortController();
    const pacing = testPacing();
    const { storage, options, file } = await scene({ signal: controller.signal, pacing });
    storage.faults.push(...Array.from({ length: 50 }, () => answerWith(503)));
    const sleep = pacing.sleep;
    pacing.sleep = (ms, signal) => {
      if (ms === 15_000) controller.abort(new ReelwayError("lease_lost"));
      return sleep(ms, signal);
    };
    expect(await codeOf(uploadOutputs([file], options))).toBe("lease_lost");
    expect(storage.seen).toHaveLength(3);
  });

  it("sends many files in shared grants, each once", async () => {
    const { storage, lease, options, outputDirectory } = await scene();
    const names = Array.from({ length: 60 }, (_, index) => `s${index}.m4s`);
    for (const name of names) await writeFile(join(outputDirectory, name), name);
    await uploadOutputs(
      names.map((name) => produced(outputDirectory, name)),
      options,
    );
    expect([...storage.objects.keys()].sort()).toEqual([...names].sort());
    expect(storage.seen).toHaveLength(60);
    expect(lease.calls).toHaveLength(2);
  });

  it("sends an empty file", async () => {
    const { storage, options, outputDirectory } = await scene();
    await writeFile(join(outputDirectory, "empty.vtt"), "");
    await uploadOutputs([produced(outputDirectory, "empty.vtt")], options);
    expect(storage.objects.get("empty.vtt")).toEqual(Buffer.alloc(0));
  });

  it("reads nothing but plain files of the output directory", async () => {
    const { options, outputDirectory } = await scene();
    await symlink("/etc/hostname", join(outputDirectory, "link.mp4"));
    expect(await codeOf(uploadOutputs([produced(outputDirectory, "link.mp4")], options))).toBe("output_invalid");
    const outside = { ...produced(outputDirectory, "x"), path: "/etc/hostname" };
    expect(await codeOf(uploadOutputs([outside], options))).toBe("output_invalid");
  });
});

describe("multipart", () => {
  const large = randomBytes(limits.partBytesDefault * 2 + 1_000);

  async function largeScene() {
    const all = await scene({ multipartThresholdBytes: limits.partBytesMin });
    await writeFile(all.file.path, large);
    return all;
  }

  it("sends equal parts and the rest, and completes with the ETag that S3 makes", async () => {
    const { storage, lease, options, file } = await largeScene();
    const [output] = await uploadOutputs([file], options);
    expect(storage.objects.get("video.mp4")?.equals(large)).toBe(true);
    expect([1, 2, 3].map((part) => storage.objects.get(`video.mp4.${part}`)?.length)).toEqual([
      limits.partBytesDefault,
      limits.partBytesDefault,
      1_000,
    ]);
    expect(output?.etag).toMatch(/^[0-9a-f]{32}-3$/);
    expect(output?.md5).toBe(md5Of(large));
    expect(lease.calls).toEqual(["multipart video.mp4 1,2,3", "complete video.mp4"]);
  });

  it("sends only the missing parts in a further round", async () => {
    const { storage, lease, options, file, pacing } = await largeScene();
    storage.faults.push(...Array.from({ length: 7 }, () => answerWith(503)));
    await uploadOutputs([file], options);
    expect(storage.objects.get("video.mp4")?.equals(large)).toBe(true);
    expect(pacing.slept).toContain(15_000);
    expect(lease.calls.filter((call) => call.startsWith("complete"))).toHaveLength(1);
    const [, again = ""] = lease.calls.filter((call) => call.startsWith("multipart"));
    expect(again.split(" ")[2]?.split(",").length).toBeLessThan(3);
  });
});
