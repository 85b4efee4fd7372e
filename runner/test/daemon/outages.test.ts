import { describe, expect, it } from "vitest";
import { withSource } from "../support/control-plane.ts";
import { answerWith } from "../support/storage-server.ts";
import { leaseRequests, reverse, scene, source } from "./daemon-scene.ts";

describe("a control plane that is away", () => {
  it("completes once the control plane is back", async () => {
    const { storage, plane, start } = await scene(reverse);
    plane.refusals.set("leases/complete", ["unavailable", "internal"]);
    plane.offer(withSource(storage, source));
    start();
    await plane.called("leases/complete", 3);
    expect(plane.named("leases/fail")).toEqual([]);
  });

  it("keeps its result through an outage that its token did not outlive", async () => {
    const outage = Promise.withResolvers<void>();
    const { storage, plane, start } = await scene(async (context) => {
      await outage.promise;
      return reverse(context);
    });
    plane.offer({ ...withSource(storage, source), leaseMs: 150 });
    start();
    await plane.called("leases/progress", 2);
    const beats = plane.named("runner/heartbeat").length;
    plane.refusals.set(
      "runner/heartbeat",
      Array.from({ length: 1_000 }, () => "unavailable" as const),
    );
    plane.refusals.set("leases/complete", ["lease_lost"]);
    // Two beats a period apart and their retries: the token is older than its lease by then.
    await plane.called("runner/heartbeat", beats + 8);
    outage.resolve();
    await plane.called("leases/complete");
    plane.refusals.delete("runner/heartbeat");
    const [, accepted] = await plane.called("leases/complete", 2);
    expect(accepted?.leaseToken).toBe("lease-token-2");
    expect(plane.named("leases/fail")).toEqual([]);
  });
});

describe("a slow line", () => {
  it("keeps no slot from work: the next task begins while results are on their way up", async () => {
    const held = Promise.withResolvers<() => void>();
    let runs = 0;
    const { storage, plane, start } = await scene((context) => {
      if (runs++ === 0)
        storage.faults.push((request, response) => {
          request.resume();
          held.resolve(() => answerWith(503)(request, response, undefined));
        });
      return reverse(context);
    });
    plane.offer(withSource(storage, source));
    await start().ready;
    const letGo = await held.promise;
    const asked = leaseRequests(plane).length;
    const second = plane.offer({ ...withSource(storage, source), leaseToken: "lease-token-2" });
    plane.ring();
    const [completion] = await plane.called("leases/complete");
    expect(completion?.leaseToken).toBe(second.leaseToken);
    expect(leaseRequests(plane).slice(asked)).toContainEqual(expect.objectContaining({ max: 1, delivering: 1 }));
    // With what only delivers, one slot never holds more than two: a third would wait.
    letGo();
    await plane.called("leases/complete", 2);
    expect(runs).toBe(2);
  });
});

describe("storage away", () => {
  it("keeps the result and uploads it when the storage is back, without working again", async () => {
    let runs = 0;
    const { storage, plane, start } = await scene((context) => {
      runs++;
      storage.faults.push(answerWith(503));
      return reverse(context);
    });
    plane.offer(withSource(storage, source));
    start();
    await plane.called("leases/complete");
    expect(runs).toBe(1);
  });
});
