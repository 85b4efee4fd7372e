import type { Pacing } from "@reelway/shared/client/retry";

export interface TestPacing extends Pacing {
  /** What was slept, milliseconds. */
  readonly slept: number[];
}

/** Time that passes only by sleeping, at once; chance is fixed at a half. */
export function testPacing(startAt = 1_000_000): TestPacing {
  let now = startAt;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    random: () => 0.5,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };
}
