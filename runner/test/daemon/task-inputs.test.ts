import { readFile } from "node:fs/promises";
import { systemPacing } from "@reelway/shared/client/retry";
import { createRunnerClient } from "@reelway/shared/client/runner-client";
import type { LeasedTask } from "@reelway/shared/contracts/lease";
import { describe, expect, it } from "vitest";
import { Lease } from "../../src/daemon/lease.ts";
import { TaskInputs } from "../../src/daemon/task-inputs.ts";
import { createMetrics } from "../../src/server/metrics.ts";
import { readRange } from "../../src/storage/read-range.ts";
import { createTaskScratch } from "../../src/storage/task-scratch.ts";
import { failureOf } from "../kinds/run-kind.ts";
import { ControlPlane } from "../support/control-plane.ts";
import { testDirectory } from "../support/directory.ts";
import { answerWith, md5Of, startStorage } from "../support/storage-server.ts";

const film = Buffer.from(Array.from({ length: 5_000 }, (_, index) => index % 251));
const quick = { ...systemPacing, sleep: async () => {} };
const options = { signal: new AbortController().signal, stallMs: 5_000, pacing: quick };

/** A task with a source and two files of subtitles, whose grants can run out. */
async function scene(expiresAt = Number.MAX_SAFE_INTEGER) {
  const storage = await startStorage();
  const plane = await new ControlPlane(storage).start();
  plane.credentials.add("credential");
  const objects = { source: film, first: Buffer.from("first"), second: Buffer.from("second") };
  for (const [key, bytes] of Object.entries(objects)) storage.objects.set(key, bytes);
  const inputOf = (role: "source" | "subtitles", key: keyof typeof objects) => ({
    ...{ kind: "presigned" as const, role, bytes: objects[key].length, etag: md5Of(objects[key]) },
    ...{ contentType: "video/mp4", request: { ...storage.grant("GET", key), expiresAt } },
  });
  const inputs = [inputOf("source", "source"), inputOf("subtitles", "first"), inputOf("subtitles", "second")];
  plane.inputs = inputs.map((input) => ({
    ...input,
    request: { ...input.request, expiresAt: Number.MAX_SAFE_INTEGER },
  }));
  const task: LeasedTask = plane.offer({ inputs });
  const client = createRunnerClient({ url: plane.url, credential: () => "credential" });
  const lease = new Lease({ task, claim: { bytes: 0, usedBytes: 0 }, client, pacing: quick, beat: () => {} });
  const metrics = createMetrics(() => {
    throw new Error("nobody asks");
  });
  const made = new TaskInputs(lease, { pacing: quick, metrics });
  return {
    storage,
    plane,
    inputs: made,
    scratch: await createTaskScratch(await testDirectory(), task.taskId, 1, null),
  };
}

describe("a task's inputs", () => {
  it("are downloaded in the order of the job, several of one role beside each other", async () => {
    const { inputs, scratch, storage } = await scene();
    expect(inputs.bytesOf(["subtitles"])).toBe(11);
    await inputs.download(["subtitles"], scratch, () => {});
    const texts = await Promise.all((inputs.paths.subtitles ?? []).map((path) => readFile(path, "utf8")));
    expect(texts).toEqual(["first", "second"]);
    expect(inputs.bytesOnDisk).toBe(11);
    expect(storage.seen.map(({ key }) => key)).not.toContain("source");
  });

  it("are read by ranges where they lie", async () => {
    const { inputs, storage } = await scene();
    const bytes = await readRange(inputs.remote("source"), { offset: 1_000, length: 500 }, options);
    expect(bytes.equals(film.subarray(1_000, 1_500))).toBe(true);
    expect(storage.seen).toEqual([{ method: "GET", key: "source", range: "bytes=1000-1499" }]);
    expect((await failureOf(readRange(inputs.remote("source"), { offset: 4_999, length: 2 }, options))).code).toBe(
      "runner_error",
    );
    await expect(async () => inputs.remote("plan")).rejects.toMatchObject({ code: "runner_error" });
  });

  it("get a fresh grant where the first ran out, or is refused", async () => {
    const old = await scene(Date.now() + 1_000);
    await readRange(old.inputs.remote("source"), { offset: 0, length: 1 }, options);
    expect(old.plane.named("leases/inputs")).toHaveLength(1);

    const refused = await scene();
    refused.storage.faults.push(answerWith(403));
    await readRange(refused.inputs.remote("source"), { offset: 0, length: 1 }, options);
    expect(refused.plane.named("leases/inputs")).toHaveLength(1);
  });

  it("must still be what they were", async () => {
    const { inputs, storage } = await scene();
    storage.objects.set("source", Buffer.alloc(film.length));
    expect((await failureOf(readRange(inputs.remote("source"), { offset: 0, length: 9 }, options))).code).toBe(
      "input_changed",
    );
    storage.faults.push(...Array.from({ length: 6 }, () => answerWith(500)));
    expect((await failureOf(readRange(inputs.remote("source"), { offset: 0, length: 9 }, options))).code).toBe(
      "download_failed",
    );
  });
});
