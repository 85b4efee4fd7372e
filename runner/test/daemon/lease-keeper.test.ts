import { describe, expect, it, onTestFinished, vi } from "vitest";
import { LeaseKeeper } from "../../src/daemon/lease-keeper/lease-keeper.ts";
import type { FromKeeper } from "../../src/daemon/lease-keeper/messages.ts";
import { isAlive, stubbornChild } from "../support/child.ts";
import { ControlPlane } from "../support/control-plane.ts";

async function scene() {
  const plane = await new ControlPlane(null).start();
  plane.credentials.add("credential");
  const heard: FromKeeper[] = [];
  const onMessage = (message: FromKeeper) => void heard.push(message);
  const keeper = new LeaseKeeper(
    {
      url: plane.url,
      credential: "credential",
      runner: { capabilities: [], slots: 1, version: "0", protocol: 1, draining: false },
      leaseMs: 30_000,
      stuckMs: 300_000,
    },
    {
      onOver: onMessage,
      onKept: onMessage,
      onBeaten: onMessage,
      onMissed: onMessage,
      onDeath: (error) => expect.fail(error.message),
    },
  );
  onTestFinished(() => keeper.stop());
  const heardOf = (type: FromKeeper["type"]) =>
    vi.waitUntil(() => heard.find((message) => message.type === type), { timeout: 60_000, interval: 5 });
  return { plane, keeper, heard, heardOf };
}

describe("LeaseKeeper", () => {
  it.each(["lost", "cancel"] as const)(
    "kills a process group that ignores SIGTERM when its lease is %s",
    async (verdict) => {
      const { plane, keeper, heardOf } = await scene();
      const task = plane.offer();
      const child = await stubbornChild();
      keeper.track(task, 30_000);
      keeper.processGroup(task, child.pid);
      plane.verdicts.set(task.taskId, verdict);
      keeper.beatNow();
      expect(await child.ended).toEqual([null, "SIGKILL"]);
      expect(await heardOf("over")).toMatchObject({ verdict, killed: 1, lease: { taskId: task.taskId, epoch: 1 } });
      await vi.waitUntil(() => !isAlive(child.grandchildPid), { timeout: 60_000, interval: 5 });
    },
  );

  it("goes on beating and kills by itself while the main thread is busy", async () => {
    const { plane, keeper, heard } = await scene();
    const task = plane.offer();
    const child = await stubbornChild();
    keeper.track(task, 30_000);
    keeper.processGroup(task, child.pid);
    await plane.called("runner/heartbeat");
    plane.verdicts.set(task.taskId, "lost");
    // The control plane lives in this thread too: it answers in the gaps, but nothing else here runs.
    keeper.beatNow();
    await plane.called("runner/heartbeat", 2);
    const busyUntil = performance.now() + 5_000;
    while (isAlive(child.pid) && performance.now() < busyUntil) {
      // Blocks the event loop on purpose.
    }
    expect(isAlive(child.pid)).toBe(false);
    // Whoever sees the child dead can learn why before he draws conclusions.
    await keeper.settled();
    expect(heard).toContainEqual(expect.objectContaining({ type: "over", verdict: "lost" }));
  });

  it("passes fresh tokens on, follows a new credential, and says when beats are missed", async () => {
    const { plane, keeper, heardOf } = await scene();
    keeper.track(plane.offer(), 300);
    expect(await heardOf("kept")).toMatchObject({ leaseToken: "lease-token-2" });
    plane.credentials.clear();
    expect(await heardOf("missed")).toMatchObject({ code: "unauthenticated" });
    plane.credentials.add("another");
    keeper.useCredential("another");
    const beats = plane.named("runner/heartbeat").length;
    await plane.called("runner/heartbeat", beats + 2);
  });
});
