import { describe, expect, it } from "vitest";
import type { ProvenDevice } from "../../src/ffmpeg/arguments/devices/device.ts";
import { UnfitTask } from "../../src/hardware/unfit-task.ts";
import { nvidiaCard } from "../ffmpeg/devices/proven-devices.ts";
import { withSource } from "../support/control-plane.ts";
import { leaseRequests, reverse, scene, source, until } from "./daemon-scene.ts";

const GIB = 1024 ** 3;

describe("work that does not fit", () => {
  it("does not take a task straight back that it had no room for", async () => {
    const gate = Promise.withResolvers<void>();
    const { storage, plane, start } = await scene(
      async (context) => {
        await gate.promise;
        return reverse(context);
      },
      { CONCURRENCY: "2", POLL_SECONDS: "0.1" },
    );
    const { inputs = [] } = withSource(storage, source);
    const large = { inputs: inputs.map((input) => ({ ...input, bytes: 40 * 1024 * 1024 })) };
    plane.offer({ inputs });
    start();
    await plane.called("leases/progress", 2);
    plane.offer(large);
    plane.ring();
    expect((await plane.called("leases/release"))[0]?.body).toEqual({ reason: "no_space" });
    const leased = plane.named("runner/leases").length;
    plane.offer(large);
    plane.ring();
    await plane.called("runner/heartbeat", plane.named("runner/heartbeat").length + 2);
    expect(plane.named("runner/leases")).toHaveLength(leased);
    storage.objects.set("source", Buffer.from("another file"));
    gate.resolve();
    await plane.called("leases/complete");
    // There is room now; that the object has changed meanwhile is another matter.
    const [failure] = await plane.called("leases/fail");
    expect(failure?.body).toMatchObject({ error: { code: "input_changed" } });
  });

  it("hands a task on that turns out to need more than this host has, and goes on with the next", async () => {
    const need = "hardware:h265.4k.10bit";
    const { storage, plane, start } = await scene(async () => {
      throw new UnfitTask(need, "no device of this runner encodes it");
    });
    plane.offer(withSource(storage, source));
    start();
    expect((await plane.called("leases/release"))[0]?.body).toEqual({ reason: "unfit", needs: [need] });
    plane.offer(withSource(storage, source));
    plane.ring();
    await plane.called("leases/release", 2);
    expect(plane.named("leases/fail")).toEqual([]);
  });

  it("fails where it announces what it then has not: the task would only come back", async () => {
    const { storage, plane, start } = await scene(async () => {
      throw new UnfitTask("hardware:h264.x2", "no device of this runner is up to the ladder");
    });
    plane.offer(withSource(storage, source));
    start({}, ["kind:probe", "hardware:h264.x3"]);
    expect((await plane.called("leases/fail"))[0]?.body).toMatchObject({ error: { code: "device_failed" } });
    expect(plane.named("leases/release")).toEqual([]);
  });

  it("hands a task on whose source takes more memory than the others leave, and has room for it when they end", async () => {
    const gate = Promise.withResolvers<void>();
    const { storage, plane, start } = await scene(
      async (context) => {
        const large = context.task.needs.includes("large") || context.task.needs.includes("memory:8");
        context.takeMemory((large ? 5 : 3) * GIB);
        if (!large) await gate.promise;
        return reverse(context);
      },
      { CONCURRENCY: "2", POLL_SECONDS: "0.1", MEMORY_MAX: "8GiB" },
    );
    plane.offer(withSource(storage, source));
    start();
    await plane.called("leases/progress", 2);
    plane.offer({ ...withSource(storage, source), needs: ["large"] });
    plane.ring();
    expect((await plane.called("leases/release"))[0]?.body).toEqual({ reason: "unfit", needs: ["memory:8"] });
    // So the control plane gives it to no host that is so full.
    await until(() => leaseRequests(plane).at(-1)?.taken?.includes("memory:8") === true);
    gate.resolve();
    await plane.called("leases/complete");
    await until(() => leaseRequests(plane).at(-1)?.taken?.length === 0);

    plane.offer({ ...withSource(storage, source), needs: ["memory:8"] });
    plane.ring();
    await plane.called("leases/complete", 2);
    expect(plane.named("leases/fail")).toEqual([]);
    expect(plane.named("leases/release")).toHaveLength(1);
  });

  it("says which of its devices' sessions its tasks hold", async () => {
    const gate = Promise.withResolvers<void>();
    const card: ProvenDevice = { ...nvidiaCard, sessions: { most: 1, pool: "nvidia" } };
    const { storage, plane, start } = await scene(
      async (context) => {
        await gate.promise;
        return reverse(context);
      },
      { CONCURRENCY: "2", POLL_SECONDS: "0.1" },
    );
    const spec = { kind: "transcode", container: "mp4", video: { codec: "h264" } } as const;
    plane.offer({ ...withSource(storage, source), spec, hardware: "require" });
    start({}, ["kind:probe"], [card]);
    await plane.called("leases/progress");
    await until(() => leaseRequests(plane).some(({ taken }) => taken?.includes("hardware:h264")));
    expect(leaseRequests(plane)[0]?.taken).toEqual([]);
    gate.resolve();
    await plane.called("leases/complete");
    await until(() => leaseRequests(plane).at(-1)?.taken?.length === 0);
  });
});
