import { z } from "zod";
import { JobId, TaskId } from "../ids.ts";
import { Stage } from "../jobs/state-machine.ts";
import { limits } from "../limits.ts";
import { FoundNeed } from "./found-need.ts";
import { DestinationGrant, InputGrant } from "./grant.ts";
import { HostLoad } from "./host-load.ts";
import { HardwareUse } from "./job.ts";
import { JobError } from "./job-error.ts";
import { JobSpec } from "./job-spec.ts";
import { Manifest } from "./manifest.ts";
import { CapabilityName, RunnerDescription } from "./runner.ts";
import { StreamStep } from "./stream-step.ts";
import { Timestamp } from "./time.ts";

/** The header that carries the lease token on every call about one task, beside the runner's own credential. */
export const leaseTokenHeader = "reelway-lease";

/** `POST /api/v1/runner/leases`: work for up to `max` free slots; waits up to `waitMs` when there is none. */
export const LeaseRequest = z
  .strictObject({
    runner: RunnerDescription,
    max: z.int().min(1).max(limits.leasesPerRequest),
    waitMs: z.int().min(0).max(limits.longPollMs).default(0),
    delivering: z
      .int()
      .min(0)
      .max(limits.leasesPerRunner)
      .default(0)
      .meta({ description: "Tasks of its own whose results are only on their way up: they take no slot" }),
    taken: z.array(CapabilityName).max(limits.capabilities).default([]).meta({
      description:
        "What it is capable of, but not now: its other tasks hold the memory or a device's sessions. `hardware:h264.x3` is three at once, or more",
    }),
  })
  .meta({ id: "LeaseRequest" });
export type LeaseRequest = z.input<typeof LeaseRequest>;

/** A leased task: the right to work on it until `expiresAt`, fenced by `epoch`. */
export const LeasedTask = z
  .object({
    taskId: TaskId,
    jobId: JobId,
    epoch: z.int(),
    attempt: z.int(),
    expiresAt: Timestamp,
    leaseMs: z.int().meta({ description: "Length of the lease; beat every third of it" }),
    leaseToken: z.string(),
    traceparent: z
      .string()
      .max(100)
      .optional()
      .meta({ description: "W3C trace context: the parent of what the runner does" }),
    timeoutSeconds: z.int().meta({ description: "Longest run of this attempt" }),
    needs: z.array(z.string()).meta({ description: "What it needs of its runner, as far as that is known" }),
    hardware: HardwareUse,
    spec: JobSpec,
    step: StreamStep.optional().meta({ description: "Of a stream: what this task does of it" }),
    inputs: z.array(InputGrant),
    destination: DestinationGrant.optional(),
  })
  .meta({ id: "LeasedTask" });
export type LeasedTask = z.infer<typeof LeasedTask>;

export const LeaseAnswer = z.object({ tasks: z.array(LeasedTask) }).meta({ id: "LeaseAnswer" });
export type LeaseAnswer = z.infer<typeof LeaseAnswer>;

/** `POST /api/v1/runner/heartbeat`: one for all leases of a runner. */
export const HeartbeatRequest = z
  .strictObject({
    runner: RunnerDescription,
    leases: z.array(z.strictObject({ taskId: TaskId, epoch: z.int().min(1) })).max(limits.leasesPerRunner),
    load: HostLoad.optional().meta({ description: "Left out where the host does not tell" }),
  })
  .meta({ id: "HeartbeatRequest" });
export type HeartbeatRequest = z.input<typeof HeartbeatRequest>;

/** keep: go on. cancel: the job was cancelled, stop. lost: the lease is another's or nobody's, stop and drop all. */
export const Verdict = z.object({
  taskId: TaskId,
  epoch: z.int(),
  verdict: z.enum(["keep", "cancel", "lost"]),
  expiresAt: Timestamp.nullable(),
  leaseToken: z.string().nullable().meta({ description: "A fresh token where the lease was extended" }),
});
export type Verdict = z.infer<typeof Verdict>;
/** Why a runner is given nothing: its attempts keep failing, the last one with this code. */
export const RunnerPause = z.object({ until: Timestamp, lastCode: z.string() });
export type RunnerPause = z.infer<typeof RunnerPause>;

export const HeartbeatAnswer = z
  .object({
    verdicts: z.array(Verdict),
    drain: z.boolean(),
    slots: z.int().nullish().meta({ description: "Tasks at once that people have set for it; null: as its host says" }),
    paused: RunnerPause.nullish().meta({ description: "Absent from a control plane that does not say" }),
  })
  .meta({ id: "HeartbeatAnswer" });
export type HeartbeatAnswer = z.infer<typeof HeartbeatAnswer>;

/** `POST /api/v1/leases/progress`: at most twice a second; `sequence` grows within one epoch. */
export const ProgressReport = z
  .strictObject({
    sequence: z.int().min(1),
    stage: Stage,
    percent: z.number().min(0).max(100),
    fps: z.number().min(0).nullable(),
    speed: z.number().min(0).nullable(),
    etaSeconds: z.number().min(0).nullable(),
    message: z.string().max(200),
  })
  .meta({ id: "ProgressReport" });
export type ProgressReport = z.infer<typeof ProgressReport>;

/** `POST /api/v1/leases/complete`. */
export const CompleteRequest = z.strictObject({ manifest: Manifest }).meta({ id: "CompleteRequest" });
export type CompleteRequest = z.infer<typeof CompleteRequest>;
/** `POST /api/v1/leases/fail`: whether it is tried again follows from the code. */
export const FailRequest = z.strictObject({ error: JobError }).meta({ id: "FailRequest" });
export type FailRequest = z.infer<typeof FailRequest>;
/** `POST /api/v1/leases/release`: handed back untried, as on shutdown; does not count as an attempt. */
export const ReleaseRequest = z
  .strictObject({
    reason: z.enum(["draining", "shutdown", "no_space", "unfit"]),
    needs: z.array(FoundNeed).max(4).optional().meta({
      description:
        "What the task turned out to need that this runner lacks, or has no more free: it waits for one that has it",
    }),
  })
  .meta({ id: "ReleaseRequest" });
export type ReleaseRequest = z.infer<typeof ReleaseRequest>;

/** What became of a completion, failure or hand-back. */
export const LeaseOutcome = z
  .object({ outcome: z.enum(["completed", "retrying", "dead", "released"]) })
  .meta({ id: "LeaseOutcome" });
export type LeaseOutcome = z.infer<typeof LeaseOutcome>;
