import type { LeasedTask } from "@reelway/shared/contracts/lease";
import { newRegionalId, taskIdOf } from "@reelway/shared/ids";
import { describe, expect, it } from "vitest";
import { isAlive } from "../support/child.ts";
import { withSource } from "../support/control-plane.ts";
import { childKind, leaseRequests, reverse, saidDraining, scene, source, until } from "./daemon-scene.ts";

describe("shutdown", () => {
  async function working(environment: Record<string, string> = {}) {
    const { kind, started } = childKind();
    const all = await scene(kind, environment);
    const task: LeasedTask = all.plane.offer();
    const running = all.start();
    return { ...all, ...running, ...(await started), task };
  }

  it("finishes what it has within the grace time, and takes no more", async () => {
    const { storage, plane, start } = await scene(async (context) => {
      await gate.promise;
      return reverse(context);
    });
    const gate = Promise.withResolvers<void>();
    plane.offer(withSource(storage, source));
    const { daemon, ended } = start();
    await plane.called("leases/progress", 2);
    daemon.drain();
    plane.offer(withSource(storage, source));
    plane.ring();
    await until(() => saidDraining(plane));
    gate.resolve();
    expect(await ended).toBe(0);
    expect(plane.named("leases/complete")).toHaveLength(1);
    expect(leaseRequests(plane).every(({ runner }) => !runner.draining)).toBe(true);
  });

  it("hands back what is not finished when the grace time is over", async () => {
    const { daemon, ended, plane, child, scratch } = await working({ DRAIN_GRACE: "0" });
    daemon.drain();
    expect(await ended).toBe(0);
    expect(plane.named("leases/release").map(({ body }) => body)).toEqual([{ reason: "shutdown" }]);
    expect(plane.named("leases/fail")).toEqual([]);
    await until(() => !isAlive(child.pid) && !isAlive(child.grandchildPid));
    expect(await scratch()).toEqual([]);
  });

  it("hands back at once when it is told twice", async () => {
    const { daemon, ended, plane, child } = await working();
    daemon.drain();
    daemon.handBack();
    expect(await ended).toBe(0);
    expect(plane.named("leases/release")).toHaveLength(1);
    expect(isAlive(child.pid)).toBe(false);
  });

  it("rests as long as the control plane asks it to drain, and goes on after", async () => {
    const { storage, plane, start, lines } = await scene(reverse, { POLL_SECONDS: "0.1" });
    plane.drain = true;
    await start().ready;
    await until(() => plane.sockets.length === 1 && lines.some((line) => line.includes('"to":"draining"')));
    // What the region says when a lease is over makes every runner beat at once.
    const beatNow = () =>
      plane.sockets[0]?.send(
        JSON.stringify({ type: "stop", taskId: taskIdOf(newRegionalId("job", "weur"), "weur:0"), epoch: 1 }),
      );
    beatNow();
    await until(() => saidDraining(plane));
    const asked = plane.named("runner/leases").length;
    plane.offer(withSource(storage, source));
    plane.ring();
    beatNow();
    await plane.called("runner/heartbeat", plane.named("runner/heartbeat").length + 1);
    expect(plane.named("runner/leases")).toHaveLength(asked);
    plane.drain = false;
    beatNow();
    await plane.called("leases/complete");
  });
});
