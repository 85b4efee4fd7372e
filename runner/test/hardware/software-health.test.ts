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
    breaker.wrong("the result does not show its source");
    breaker.wrong("nor does the one beside it");
    expect(trusted()).toEqual(["aac"]);
    expect(onChange).toHaveBeenCalledTimes(1);
    breaker.close();
  });

  it("takes back those that make the right pictures, and tries the others again after a rest that grows", async () => {
    let right = ["libx264"];
    const { breaker, prove, onChange, trusted } = watched(() => right);
    breaker.wrong("wrong");
    await vi.advanceTimersByTimeAsync(999);
    expect(prove).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(trusted()).toEqual(["libx264", "aac"]);
    right = ["libx264", "libx265"];
    await vi.advanceTimersByTimeAsync(1_999);
    expect(prove).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(prove).toHaveBeenLastCalledWith(["libx265"]);
    expect(trusted()).toEqual([...proven]);
    expect(onChange).toHaveBeenCalledTimes(3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(prove).toHaveBeenCalledTimes(2);
  });

  it("rests longer each time, however well the proof went", async () => {
    const { breaker, prove, trusted } = watched(() => [...proven]);
    for (const [times, restMs] of [1_000, 2_000, 4_000].entries()) {
      breaker.wrong("again");
      await vi.advanceTimersByTimeAsync(restMs - 1);
      expect(prove).toHaveBeenCalledTimes(times);
      await vi.advanceTimersByTimeAsync(1);
      expect(trusted()).toEqual([...proven]);
    }
  });
});
