import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "./memory-store.ts";
import { QueueDriver } from "./testing/queue-driver.ts";
import { Simulation } from "./testing/simulation.ts";
import { ending, step } from "./testing/steps.ts";
import { drain, take } from "./testing/take-step.ts";

describe("any interleaving of commands, crashes and time", () => {
  it("keeps the invariants, on both stores, as the reference has it; and every job ends", { timeout: 120_000 }, () => {
    let hedges = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: "max" }), ending, (steps, howItEnds) => {
        const world = new Simulation();
        for (const each of steps) {
          take(world, each);
          world.check();
        }
        drain(world, howItEnds);
        world.check();
        world.checkEvents();
        for (const key of world.enqueued) expect(world.hasEnded(key), `run ${key} has ended`).toBe(true);
        hedges += world.hedges;
      }),
      { numRuns: 150 },
    );
    expect(hedges, "tasks were leased twice on the way").toBeGreaterThan(0);
  });

  it("lets no tenant starve: who has work and no lease gets one within a round of the tenants", () => {
    const event = fc.oneof(
      fc.record({ enqueue: fc.nat({ max: 3 }), priority: fc.nat({ max: 100 }) }),
      fc.record({ complete: fc.nat({ max: 7 }) }),
      fc.constant("lease" as const),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80, size: "max" }), (events) => {
        const q = new QueueDriver(new MemoryStore());
        const held: ReturnType<typeof q.mustLease>[] = [];
        const passedOver = new Map<string, number>();
        for (const [index, each] of events.entries()) {
          q.pass(1);
          if (each === "lease") {
            const waiting = new Set(
              q.store
                .readyLanes()
                .filter((lane) => lane.activeLeases === 0)
                .map((lane) => lane.tenantId),
            );
            const task = q.lease();
            if (!task) continue;
            held.push({ ...task, runnerId: "r1" });
            for (const tenant of waiting) passedOver.set(tenant, (passedOver.get(tenant) ?? 0) + 1);
            passedOver.delete(task.tenantId);
            for (const [tenant, times] of passedOver) expect(times, `${tenant} was passed over`).toBeLessThan(4);
          } else if ("enqueue" in each) {
            q.enqueue(`${index}`, { tenantId: `ten${each.enqueue}`, priority: each.priority });
          } else {
            const [task] = held.splice(each.complete % Math.max(1, held.length), 1);
            if (task) q.complete(task);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
