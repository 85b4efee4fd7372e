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
    let limited = 0;
    let leftOvers = 0;
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
        limited += world.limited;
        leftOvers += world.leftOvers;
      }),
      { numRuns: 150 },
    );
    expect(hedges, "tasks were leased twice on the way").toBeGreaterThan(0);
    expect(limited, "tenants had all they may have on the way").toBeGreaterThan(0);
    expect(leftOvers, "runners that hold back took what was left over on the way").toBeGreaterThan(0);
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

  it("gives no tenant more than its share at once, and all of it while it has work", () => {
    const event = fc.oneof(
      { weight: 4, arbitrary: fc.record({ enqueue: fc.nat({ max: 2 }) }) },
      {
        weight: 2,
        arbitrary: fc.record({ end: fc.nat({ max: 7 }), how: fc.constantFrom("complete", "cancel", "release") }),
      },
      { weight: 1, arbitrary: fc.record({ limit: fc.nat({ max: 2 }), to: fc.constantFrom(null, 1, 2, 3) }) },
      { weight: 6, arbitrary: fc.constant("lease" as const) },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 120, size: "max" }), (events) => {
        const q = new QueueDriver(new MemoryStore());
        const held: ReturnType<typeof q.mustLease>[] = [];
        const most = new Map<string, number>();
        const hasOf = (tenant: string) => held.filter(({ tenantId }) => tenantId === tenant).length;
        const mayHave = (tenant: string) => hasOf(tenant) < (most.get(tenant) ?? Number.POSITIVE_INFINITY);
        for (const [index, each] of events.entries()) {
          q.pass(1);
          q.tick();
          if (each === "lease") {
            const waiting = new Set(q.store.readyLanes().map(({ tenantId }) => tenantId));
            const task = q.lease();
            if (task) expect(mayHave(task.tenantId), `${task.tenantId} may have one more`).toBe(true);
            else expect([...waiting].filter(mayHave), "who waits with room in its share").toEqual([]);
            if (task) held.push({ ...task, runnerId: "r1" });
          } else if ("enqueue" in each) {
            q.enqueue(`${index}`, { tenantId: `ten${each.enqueue}` });
          } else if ("limit" in each) {
            q.limit(`ten${each.limit}`, each.to);
            most.set(`ten${each.limit}`, each.to ?? Number.POSITIVE_INFINITY);
          } else {
            const [task] = held.splice(each.end % Math.max(1, held.length), 1);
            if (!task) continue;
            if (each.how === "cancel") q.cancel(task.jobId);
            else q[each.how](task);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
