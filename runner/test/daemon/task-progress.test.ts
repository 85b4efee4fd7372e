import type { ProgressReport } from "@reelway/shared/contracts/lease";
import { describe, expect, it } from "vitest";
import { TaskProgress } from "../../src/daemon/task-progress.ts";

/** Time moves by hand; reports are answered at once unless held. */
function scene(answer: () => Promise<void> = async () => {}) {
  let now = 0;
  let timers: { at: number; task: () => void }[] = [];
  const sent: ProgressReport[] = [];
  const progress = new TaskProgress({
    send: (report) => {
      sent.push(report);
      return answer();
    },
    now: () => now,
    after: (ms, task) => {
      const timer = { at: now + ms, task };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
  });
  const pass = async (ms: number) => {
    now += ms;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { task } of due) task();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { progress, sent, pass };
}

describe("TaskProgress", () => {
  it("sends at most two reports a second, always with the latest value, and the last one too", async () => {
    const { progress, sent, pass } = scene();
    progress.update("processing", 0);
    for (let percent = 1; percent <= 50; percent++) {
      progress.update("processing", percent);
      await pass(20);
    }
    await pass(1_000);
    expect(sent.length).toBeLessThanOrEqual(4);
    expect(sent.at(-1)?.percent).toBe(5 + 85 / 2);
    expect(sent.map(({ sequence }) => sequence)).toEqual(sent.map((_, index) => index + 1));
  });

  it("sends a change of stage at once", () => {
    const { progress, sent } = scene();
    progress.update("downloading", 0);
    progress.update("processing", 0);
    progress.update("uploading", 0);
    progress.update("finalizing", 0);
    expect(sent.map(({ stage, percent }) => [stage, percent])).toEqual([
      ["downloading", 0],
      ["processing", 5],
      ["uploading", 90],
      ["finalizing", 99],
    ]);
  });

  it("never goes back and never says 100", async () => {
    const { progress, sent, pass } = scene();
    for (const percent of [10, 80, 30, 120]) {
      progress.update("processing", percent);
      await pass(600);
    }
    progress.update("uploading", 100);
    progress.update("finalizing", 100);
    const percents = sent.map(({ percent }) => percent);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(percents.at(-1)).toBe(99);
  });

  it("waits with further reports while the control plane is slow, and sends nothing once closed", async () => {
    const { progress, sent, pass } = scene(() => new Promise(() => {}));
    for (let percent = 0; percent < 40; percent++) {
      progress.update("processing", percent);
      await pass(600);
    }
    expect(sent).toHaveLength(2);
    progress.close();
    progress.update("uploading", 0);
    expect(sent).toHaveLength(2);
  });
});
