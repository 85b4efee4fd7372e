import type { RunnerSnapshot } from "../../src/server/metrics.ts";

/** Of a runner that is ready and works on nothing. */
export const idleRunner: RunnerSnapshot = {
  state: "running",
  activeTasks: 0,
  slots: 2,
  scratchUsedBytes: 0,
  scratchClaimedBytes: 0,
  scratchMaxBytes: 1,
  doorbellConnected: true,
  usesEngine: true,
  lastContactAt: null,
  load: null,
  speeds: new Map(),
};
