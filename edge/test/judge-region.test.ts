import { describe, expect, test } from "vitest";
import { judgeRegion } from "../src/regions/judge-region.ts";

describe("judging a region", () => {
  const tasks = { ready: 0, delayed: 0, lined: 0, blocked: 0, leased: 0, dead: 0 };
  const counts = { ...tasks, oldestReadyAt: null, unacknowledgedEvents: 0 };
  const runner = {
    runnerId: "r",
    capabilities: ["kind:probe"],
    slots: 1,
    draining: false,
    version: "1",
    lastSeenAt: 1,
    activeTasks: 0,
  };
  const row = {
    region: "weur" as const,
    drainedAt: null,
    drainReason: null,
    servedAt: 1_000,
    liveRunners: 1,
    ready: 0,
    leased: 0,
    oldestReadyAt: null,
    failedOverAt: null,
    moveCursor: null,
    lookedAt: 1_000,
  };
  const rules = { failoverAfterMs: 300, failoverWaitMs: 900 };
  const work = { needs: "kind:probe", oldestReadyAt: 1_200 };
  const idle = { counts, ready: [], live: [] };
  const abandoned = { counts: { ...counts, ready: 1, oldestReadyAt: 1_200 }, ready: [work], live: [] };
  const busy = { ...abandoned, live: [runner] };
  const holdingBack = { ...busy, live: [{ ...runner, holdBackMs: 950 }] };
  const besideHoldingBack = { ...holdingBack, live: [...holdingBack.live, runner] };
  const unable = { ...busy, ready: [{ ...work, needs: "kind:probe label:gpu" }] };
  const neverServed = { ...row, servedAt: null };
  const failing = { ...row, failedOverAt: 5 };

  test.each([
    ["nobody works, nothing waits", row, idle, 9_000, null, true],
    ["nobody works for less than it takes", row, abandoned, 1_299, null, true],
    ["nobody works for as long as it takes", row, abandoned, 1_300, "no_runners", false],
    ["nobody ever worked, and it has not waited long", neverServed, abandoned, 1_499, null, true],
    ["nobody ever worked, and it has waited long", neverServed, abandoned, 1_500, "no_runners", false],
    ["somebody works, but too slowly", row, busy, 2_101, "overdue", false],
    ["somebody works, slowly", row, busy, 2_100, null, true],
    ["somebody works, and what waits is nothing for them", row, unable, 2_101, "overdue", true],
    ["somebody works, and holds back for longer than what waits has waited", row, holdingBack, 2_149, "overdue", true],
    ["somebody works, held back, and has had as long for it since", row, holdingBack, 3_050, "overdue", true],
    ["somebody works, held back, and has left it for longer since", row, holdingBack, 3_051, "overdue", false],
    ["somebody works beside one that holds back, but too slowly", row, besideHoldingBack, 2_101, "overdue", false],
    ["somebody works, and what waits is paused", row, { ...busy, ready: [] }, 2_101, null, true],
    ["it has failed over, and still nobody works", failing, idle, 1_001, "no_runners", false],
    ["it has failed over, and somebody works again", failing, { ...idle, live: [runner] }, 1_001, null, true],
    [
      "it is drained, however well it works",
      { ...row, drainedAt: 5 },
      { ...idle, live: [runner] },
      1_001,
      "drained",
      false,
    ],
    ["its queue is away, and what waited there still counts", { ...row, ready: 1 }, null, 1_300, "no_runners", false],
    ["nobody has looked before", undefined, abandoned, 1_300, null, true],
  ])("%s", (_, before, standing, at, leave, open) => {
    const judgement = judgeRegion(before, standing, rules, at);
    expect(judgement).toMatchObject({ leave, open });
    expect(judgement.state.failedOverAt === null).toBe(open || leave === "drained");
  });

  test("0 never means overdue", () => {
    expect(judgeRegion(row, busy, { ...rules, failoverWaitMs: 0 }, 9e12)).toMatchObject({ leave: null, open: true });
  });
});
