import { describe, expect, it } from "vitest";
import { ProcessGroups } from "../../src/daemon/lease-keeper/process-groups.ts";

const lease = { taskId: "tsk_1", epoch: 1 };

function scene() {
  const signals: string[] = [];
  const dead = new Set<number>();
  const groups = new ProcessGroups((pid, signal) => {
    if (dead.has(pid)) throw new Error("ESRCH");
    if (signal !== 0) signals.push(`${signal} ${pid}`);
  });
  return { signals, dead, groups };
}

describe("ProcessGroups", () => {
  it("kills the groups of one lease and no other's", () => {
    const { signals, groups } = scene();
    groups.add(lease, 10);
    groups.add(lease, 11);
    groups.add({ ...lease, epoch: 2 }, 12);
    expect(groups.kill(lease)).toBe(2);
    expect(signals).toEqual(["SIGKILL 10", "SIGKILL 11"]);
  });

  it("kills a child that starts after the lease was over", () => {
    const { signals, groups } = scene();
    groups.kill(lease);
    groups.add(lease, 13);
    expect(signals).toEqual(["SIGKILL 13"]);
  });

  it("forgets groups that ended, so that a number given to somebody else is never signalled", () => {
    const { signals, dead, groups } = scene();
    groups.add(lease, 14);
    dead.add(14);
    groups.prune();
    dead.delete(14);
    expect(groups.kill(lease)).toBe(0);
    groups.killAll();
    expect(signals).toEqual([]);
  });
});
