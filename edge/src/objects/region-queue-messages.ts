import type { HostLoad } from "@reelway/shared/contracts/host-load";
import type { RunnerPause } from "@reelway/shared/contracts/lease";
import type { HeartbeatCommand, HeartbeatVerdict } from "@reelway/shared/scheduling/commands";
import type { ReadyWork } from "@reelway/shared/scheduling/ready-work";
import type { RunnerFailure, RunnerRecord, TaskRecord } from "@reelway/shared/scheduling/records";
import type { QueueCounts } from "@reelway/shared/scheduling/store";

/** Which runner opens a doorbell: set by the Worker, which is the only one that can call. */
export const runnerIdHeader = "reelway-runner-id";

export type WithoutType<Command> = Omit<Command, "type">;

/** A beat as its runner's own shard hears it. */
export type Beat = WithoutType<HeartbeatCommand> & {
  /** Leases that the runner holds of other shards; a Worker one version older does not say. */
  readonly heldElsewhere?: number;
  /** To its own shard only, and where its host tells. */
  readonly load?: HostLoad | undefined;
};

/** What a shard answers to a beat. */
export interface BeatReply {
  readonly verdicts: HeartbeatVerdict[];
  /** Leases whose expiry moved: they get a new lease token. */
  readonly extended: TaskRecord[];
  /** Absent from a queue one version older. */
  readonly paused?: RunnerPause | null;
}

/** How many tasks a shard has of which kind. */
export interface ShardCounts extends QueueCounts {
  /** Leased tasks that are slow: a second runner may have them. Absent from a queue one version older. */
  readonly slow?: number;
}

/** What a look at a shard shows. */
export interface QueueStanding {
  readonly counts: QueueCounts;
  readonly runners: readonly RunnerStanding[];
  /** Absent from a queue one version older. */
  readonly ready?: readonly ReadyWork[];
}

/** A runner as its queue knows it. */
export interface RunnerStanding extends Omit<RunnerRecord, "failures" | "holdBackMs"> {
  readonly activeTasks: number;
  /** Absent from a queue one version older. */
  readonly holdBackMs?: number;
  /** Longest first, not all of many; absent where they were not asked for, and from a queue one version older. */
  readonly leases?: readonly LeaseStanding[];
  /** Absent from a queue one version older. */
  readonly failures?: readonly RunnerFailure[];
  /** Null in shards that are not its own. Absent from a queue one version older. */
  readonly load?: HostLoad | null;
}

/** A live lease of a runner. */
export interface LeaseStanding extends Pick<TaskRecord, "jobId" | "tenantId" | "part" | "attempt"> {
  readonly leasedAt: number;
  readonly expiresAt: number;
}
