import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { describe, expect, it } from "vitest";
import { isAlive } from "../support/child.ts";
import { withSource } from "../support/control-plane.ts";
import { md5Of } from "../support/storage-server.ts";
import { childKind, reverse, scene, source, until } from "./daemon-scene.ts";

describe("the end of a task", () => {
  it.each(["lost", "cancel"] as const)(
    "stops a task whose lease is %s, tells nobody, and takes the next",
    async (verdict) => {
      const { kind, started } = childKind();
      let first = true;
      const { storage, plane, start, scratch } = await scene((context) => {
        const chosen = first ? kind : reverse;
        first = false;
        return chosen(context);
      });
      const task = plane.offer();
      const { ready } = start();
      await ready;
      const { child, context } = await started;
      expect(await scratch()).toHaveLength(1);
      plane.verdicts.set(task.taskId, verdict);
      plane.sockets[0]?.send(JSON.stringify({ type: "stop", taskId: task.taskId, epoch: 1 }));
      expect(await child.ended).toEqual([null, "SIGKILL"]);
      await until(() => !isAlive(child.grandchildPid));
      plane.offer(withSource(storage, source));
      plane.ring();
      await plane.called("leases/complete");
      expect(context.signal.reason).toMatchObject({ code: "lease_lost" });
      expect(plane.named("leases/fail")).toEqual([]);
      expect(plane.named("leases/release")).toEqual([]);
      expect(existsSync(context.workDirectory)).toBe(false);
    },
  );

  it("uses the renewed token", async () => {
    const { kind, started } = childKind();
    const { plane, start } = await scene(kind);
    plane.offer({ leaseMs: 150 });
    start();
    const { child } = await started;
    await plane.called("runner/heartbeat", plane.named("runner/heartbeat").length + 3);
    process.kill(-child.pid, "SIGKILL");
    const [failure] = await plane.called("leases/fail");
    expect(failure).toMatchObject({
      leaseToken: "lease-token-2",
      body: { error: { code: "encode_failed", message: "ffmpeg was killed", logTail: "Killed" } },
    });
  });

  it.each([
    ["a fault of its own", () => Promise.reject(new TypeError("x is not a function")), {}, "runner_error"],
    [
      "a disk that is full",
      () => Promise.reject(Object.assign(new Error("write"), { code: "ENOSPC" })),
      {},
      "scratch_full",
    ],
    ["input that was replaced", reverse, { etag: md5Of(Buffer.from("other")) }, "input_changed"],
  ] as const)("reports %s with its code", async (_what, kind, change, code) => {
    const { storage, plane, start } = await scene(kind);
    const { inputs = [] } = withSource(storage, source);
    const changed = inputs.map((input) => ({ ...input, ...change }));
    plane.offer({ inputs: changed });
    start();
    const [failure] = await plane.called("leases/fail");
    expect(failure?.body).toMatchObject({ error: { code } });
  });

  it("takes software's encoders out of use before it tells that they made other pictures", async () => {
    const words = "the result does not show its source";
    const { plane, start, wrong } = await scene(() => Promise.reject(new ReelwayError("output_wrong", words)));
    plane.offer();
    start();
    const [failure] = await plane.called("leases/fail");
    expect(failure?.body).toMatchObject({ error: { code: "output_wrong", message: words } });
    expect(wrong).toEqual([words]);
  });

  it("ends a task that runs too long as job_timeout", async () => {
    const { kind } = childKind();
    const { plane, start } = await scene(kind);
    plane.offer({ timeoutSeconds: 1 });
    start();
    const [failure] = await plane.called("leases/fail");
    expect(failure?.body).toMatchObject({ error: { code: "job_timeout" } });
  });

  it("ends a task that outgrows its scratch space as scratch_full", async () => {
    const { plane, start } = await scene(
      async ({ outputDirectory, signal }) => {
        await writeFile(join(outputDirectory, "video.mp4"), Buffer.alloc(80 * 1024 * 1024));
        return new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
      { SCRATCH_MAX_BYTES: "64MiB" },
    );
    plane.offer();
    start();
    const [failure] = await plane.called("leases/fail");
    expect(failure?.body).toMatchObject({ error: { code: "scratch_full" } });
  });

  it("does not begin a task that this host could never hold", async () => {
    const { storage, plane, start } = await scene(reverse);
    const { inputs = [] } = withSource(storage, source);
    plane.offer({ inputs: inputs.map((input) => ({ ...input, bytes: 1024 ** 3 })) });
    start();
    const [failure] = await plane.called("leases/fail");
    expect(failure?.body).toMatchObject({ error: { code: "scratch_full" } });
    expect(storage.seen).toEqual([]);
  });

  it("sends files again that the bucket does not hold as they were sent, once", async () => {
    const mismatch = new ReelwayError("manifest_mismatch", "video.mp4: is not in the bucket", {
      errors: [{ path: "manifest.outputs.0", message: "video.mp4: is not in the bucket" }],
    });
    const { storage, plane, start } = await scene(reverse);
    plane.refusals.set("leases/complete", [mismatch, "unavailable"]);
    plane.offer(withSource(storage, source));
    start();
    await plane.called("leases/complete", 3);
    expect(plane.named("leases/outputs")).toHaveLength(2);
    expect(storage.seen.filter(({ method }) => method === "PUT")).toHaveLength(2);

    plane.refusals.set("leases/complete", [mismatch, mismatch]);
    plane.offer(withSource(storage, source));
    plane.ring();
    const [failure] = await plane.called("leases/fail");
    expect(failure?.body).toMatchObject({ error: { code: "manifest_mismatch" } });
    expect(plane.named("leases/complete")).toHaveLength(5);
  });

  it("drops everything when the completion is refused as lost", async () => {
    const { storage, plane, start, scratch } = await scene(reverse);
    plane.refusals.set("leases/complete", ["lease_lost"]);
    plane.offer(withSource(storage, source));
    start();
    await plane.called("leases/complete");
    await until(async () => (await scratch()).length === 0);
    expect(plane.named("leases/fail")).toEqual([]);
  });
});
