import type { HeartbeatAnswer, HeartbeatRequest, Verdict } from "@reelway/shared/contracts/lease";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { describe, expect, it } from "vitest";
import { Heart } from "../../src/daemon/lease-keeper/heart.ts";
import type { FromKeeper } from "../../src/daemon/lease-keeper/messages.ts";
import { ProcessGroups } from "../../src/daemon/lease-keeper/process-groups.ts";

const runner = { capabilities: ["kind:probe"], slots: 2, version: "0", protocol: 1, draining: false };
const lease = { taskId: "tsk_1", epoch: 1 };
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A heart whose time moves by hand and whose control plane answers as told. */
function scene(verdicts: (request: HeartbeatRequest) => Verdict["verdict"] | Error = () => "keep") {
  let now = 0;
  let timers: { at: number; task: () => void }[] = [];
  const beats: { at: number; leases: number }[] = [];
  const posted: FromKeeper[] = [];
  const killed: number[] = [];
  let stuck = false;
  const heart = new Heart({
    runner,
    leaseMs: 30_000,
    stuckMs: 300_000,
    beat: async (request): Promise<HeartbeatAnswer> => {
      beats.push({ at: now, leases: request.leases.length });
      const verdict = verdicts(request);
      if (verdict instanceof Error) throw verdict;
      return {
        drain: false,
        verdicts: request.leases.map((each) => ({ ...each, verdict, expiresAt: now + 30_000, leaseToken: "fresh" })),
      };
    },
    post: (message) => posted.push(message),
    onCredential: () => {},
    onStuck: () => {
      stuck = true;
    },
    groups: new ProcessGroups((pid, signal) => {
      if (signal !== 0) killed.push(pid);
    }),
    after: (ms, task) => {
      const timer = { at: now + ms, task };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    random: () => 1,
  });
  const pass = async (ms: number) => {
    await settle();
    for (const end = now + ms; now < end; ) {
      now += 100;
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { task } of due) task();
      await settle();
    }
  };
  return { heart, beats, posted, killed, pass, isStuck: () => stuck };
}

describe("Heart", () => {
  it("beats once for all leases, every third of the shortest", async () => {
    const { heart, beats, pass } = scene();
    heart.start();
    heart.receive({ type: "track", lease, leaseMs: 30_000 });
    heart.receive({ type: "track", lease: { ...lease, epoch: 2 }, leaseMs: 6_000 });
    await pass(6_100);
    expect(beats.map(({ leases }) => leases)).toEqual([0, 2, 2, 2]);
    expect(beats.map(({ at }) => at)).toEqual([0, 2_000, 4_000, 6_000]);
  });

  it("drops its leases when its credential is refused three times in a row, and not before", async () => {
    let refused = false;
    const { heart, beats, posted, killed, pass } = scene(() =>
      refused ? new ReelwayError("unauthenticated") : "keep",
    );
    heart.start();
    heart.receive({ type: "track", lease, leaseMs: 30_000 });
    heart.receive({ type: "process-group", lease, pid: 7 });
    await pass(10_000);
    refused = true;
    await pass(12_500);
    expect(beats).toHaveLength(4);
    expect(killed).toEqual([]);
    await pass(2_000);
    expect(killed).toEqual([7]);
    expect(posted).toContainEqual({ type: "over", lease, verdict: "lost", killed: 1 });
    refused = false;
    await pass(2_000);
    expect(beats.at(-1)?.leases).toBe(0);
  });

  it("passes fresh tokens on", async () => {
    const { heart, posted, pass } = scene();
    heart.start();
    heart.receive({ type: "track", lease, leaseMs: 3_000 });
    await pass(1_000);
    expect(posted).toContainEqual({ type: "kept", lease, expiresAt: 31_000, leaseToken: "fresh" });
  });

  it.each(["lost", "cancel"] as const)("kills first and tells then when the verdict is %s", async (verdict) => {
    const { heart, posted, killed, beats, pass } = scene(() => verdict);
    heart.start();
    heart.receive({ type: "track", lease, leaseMs: 3_000 });
    heart.receive({ type: "process-group", lease, pid: 77 });
    await pass(1_000);
    expect(killed).toEqual([77]);
    expect(posted).toContainEqual({ type: "over", lease, verdict, killed: 1 });
    heart.receive({ type: "process-group", lease, pid: 78 });
    expect(killed).toEqual([77, 78]);
    await pass(10_000);
    expect(beats.at(-1)?.leases).toBe(0);
  });

  it("beats at once when told, and again when told during a beat", async () => {
    const { heart, beats, pass } = scene();
    heart.start();
    heart.receive({ type: "beat" });
    await settle();
    await pass(100);
    expect(beats).toHaveLength(2);
  });

  it("tries a missed beat again soon, kills nothing, and goes on when it gets through", async () => {
    let away = true;
    const { heart, beats, posted, killed, pass } = scene(() => (away ? new Error("refused") : "keep"));
    heart.start();
    heart.receive({ type: "track", lease, leaseMs: 30_000 });
    heart.receive({ type: "process-group", lease, pid: 77 });
    await settle();
    await pass(4_000);
    expect(beats.map(({ at }) => at)).toEqual([0, 2_000, 4_000]);
    expect(posted.filter(({ type }) => type === "missed")).toHaveLength(3);
    away = false;
    await pass(2_000);
    expect(posted.at(-1)?.type).toBe("beaten");
    expect(killed).toEqual([]);
  });

  it("drops a verdict on a lease that ended while the beat was on its way", async () => {
    const { heart, posted, pass } = scene(() => {
      heart.receive({ type: "untrack", lease });
      return "lost";
    });
    heart.start();
    heart.receive({ type: "track", lease, leaseMs: 3_000 });
    await pass(1_000);
    expect(posted.filter(({ type }) => type === "over")).toEqual([]);
  });

  it("ends a process whose lease loop stands still, children first; a turning loop is left alone", async () => {
    const { heart, killed, pass, isStuck } = scene();
    heart.start();
    heart.receive({ type: "track", lease, leaseMs: 600_000 });
    heart.receive({ type: "process-group", lease, pid: 77 });
    await pass(200_000);
    heart.receive({ type: "turned" });
    await pass(200_000);
    expect(isStuck()).toBe(false);
    await pass(150_000);
    expect(isStuck()).toBe(true);
    expect(killed).toEqual([77]);
  });
});
