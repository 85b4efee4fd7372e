import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SoftwareBreaker } from "../../src/hardware/software-health.ts";

const proven = new Set(["libx264", "libx265", "aac"]);

function watched(right: () => readonly string[]) {
  const prove = vi.fn(async (names: readonly string[]) => new Set(right().filter((name) => names.includes(name))));
  const onChange = vi.fn();
  const breaker = new SoftwareBreaker({ proven, prove, onChange, restMs: 1_000, log: pino({ level: "silent" }) });
  return { breaker, prove, onChange, trusted: () => [...breaker.trusted()] };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("SoftwareBreaker", () => {
  it("takes all encoders of pictures out of use at once, and none of sound", () => {
    const { breaker, onChange, trusted } = watched(() => []);
    expect(trusted()).toEqual([...proven]);
    breaker.wrong("job_1", "the result does not show its source");
    breaker.wrong("job_2", "nor does the one beside it");
    expect(trusted()).toEqual(["aac"]);
    expect(onChange).toHaveBeenCalledTimes(1);
    breaker.close();
  });

  it("takes back those that make the right pictures, and tries the others again after a rest", async () => {
    let right = ["libx264"];
    const { breaker, prove, onChange, trusted } = watched(() => right);
    breaker.wrong("job_1", "wrong");
    await vi.advanceTimersByTimeAsync(0);
    expect(trusted()).toEqual(["libx264", "aac"]);
    right = ["libx264", "libx265"];
    await vi.advanceTimersByTimeAsync(999);
    expect(prove).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(prove).toHaveBeenLastCalledWith(["libx265"]);
    expect(trusted()).toEqual([...proven]);
    expect(onChange).toHaveBeenCalledTimes(3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(prove).toHaveBeenCalledTimes(2);
  });

  it("is back at once where one job alone was wrong and the proof is right, however often", async () => {
    const { breaker, trusted } = watched(() => [...proven]);
    for (const words of ["wrong", "again", "and again"]) {
      breaker.wrong("job_1", words);
      expect(trusted()).toEqual(["aac"]);
      await vi.advanceTimersByTimeAsync(0);
      expect(trusted()).toEqual([...proven]);
    }
  });

  it("rests longer with each further job, however well the proof went; and begins anew after a good hour", async () => {
    const { breaker, trusted } = watched(() => [...proven]);
    const isAwayFor = async (jobId: string, restMs: number) => {
      breaker.wrong(jobId, "wrong");
      await vi.advanceTimersByTimeAsync(Math.max(0, restMs - 1));
      if (restMs > 0) expect(trusted()).toEqual(["aac"]);
      await vi.advanceTimersByTimeAsync(1);
      expect(trusted()).toEqual([...proven]);
    };
    for (const [place, restMs] of [0, 1_000, 2_000, 4_000].entries()) await isAwayFor(`job_${place}`, restMs);
    await vi.advanceTimersByTimeAsync(60 * 60_000);
    for (const [place, restMs] of [0, 1_000].entries()) await isAwayFor(`job_${place}`, restMs);
  });

  it("takes all out of use again where one is wrong while some are back", async () => {
    let right = ["libx264"];
    const { breaker, trusted } = watched(() => right);
    breaker.wrong("job_1", "wrong");
    await vi.advanceTimersByTimeAsync(0);
    expect(trusted()).toEqual(["libx264", "aac"]);
    breaker.wrong("job_2", "wrong");
    expect(trusted()).toEqual(["aac"]);
    right = [...proven];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(trusted()).toEqual([...proven]);
  });
});
