import type { BreakerRecord, JobRecord, QueueEvent, TaskRecord } from "../../records.ts";
import type { QueueStore } from "../../store.ts";
import { snapshot } from "../snapshot.ts";

export const task: TaskRecord = {
  taskId: "t1",
  jobId: "j1",
  tenantId: "ten1",
  part: "",
  order: 0,
  unblocks: null,
  waits: 0,
  state: "ready",
  needs: "encode:h264 kind:transcode",
  recipe: "mp4-h264@1",
  rank: -600_000,
  priority: 100,
  readyAt: 1_700_000_000_000,
  waitsSince: 1_699_999_999_999,
  queueDeadlineAt: 1_700_604_800_000,
  attempt: 0,
  maxRetries: 3,
  epoch: 0,
  lastEpoch: 0,
  runnerId: null,
  leasedAt: null,
  leaseExpiresAt: null,
  outageRenewed: false,
  hedgeable: false,
  hedged: false,
  rival: null,
  payload: '{"ü":"\\u0000 ✓"}',
  error: null,
  result: null,
  attempts: [],
};
export const error = { code: "encode_failed", message: "Zeile 1\nline 2 🎞", logTail: "…" } as const;
export const job: JobRecord = {
  jobId: "j1",
  tenantId: "ten1",
  run: 1,
  state: "active",
  openTasks: 1,
  doneTasks: 0,
  running: false,
  recentMs: [],
  hedges: 0,
  hedgeAt: null,
  endedAt: null,
  lastEventSequence: 0,
};
export const event: QueueEvent = {
  sequence: 1,
  at: 5,
  type: "job.started",
  jobId: "j1",
  tenantId: "ten1",
  run: 1,
  taskId: null,
  part: null,
  attempt: 1,
  runnerId: "r1",
  error: null,
  result: null,
  hedge: null,
};

export const breaker: BreakerRecord = {
  key: "runner:r1",
  state: "closed",
  failures: [{ jobId: "j1", runnerId: "r1" }],
  lastFailureAt: 7,
  lastCode: "encode_failed",
  openings: 0,
  openedAt: null,
  retryAt: null,
  trial: null,
};

export const put = (store: QueueStore, ...tasks: TaskRecord[]) =>
  store.apply(tasks.map((each) => ({ op: "putTask", task: each })));
export const ids = (tasks: readonly TaskRecord[]) => tasks.map((each) => each.taskId);
/** All that a store answers about the ids that these tests use. */
export const view = (store: QueueStore) => snapshot(store, ["j1", "j2", "j3"], ["ten", "ten1"]);
