import type { HostLoad } from "@reelway/shared/contracts/host-load";
import type { RunnerPause, Verdict } from "@reelway/shared/contracts/lease";
import type { RunnerDescription } from "@reelway/shared/contracts/runner";
import type { ErrorCode } from "@reelway/shared/errors/catalogue";

/** What the main thread and the lease keeper's thread say to each other. Both are this program: nothing is parsed. */

/** One lease: the same task under another epoch is another lease. */
export interface LeaseId {
  readonly taskId: string;
  readonly epoch: number;
}

export type ToKeeper =
  | { readonly type: "track"; readonly lease: LeaseId; readonly leaseMs: number }
  | { readonly type: "untrack"; readonly lease: LeaseId }
  | { readonly type: "process-group"; readonly lease: LeaseId; readonly pid: number }
  | { readonly type: "describe"; readonly runner: RunnerDescription }
  | { readonly type: "load"; readonly load: HostLoad }
  | { readonly type: "credential"; readonly credential: string }
  | { readonly type: "beat" }
  /** The lease loop has turned: the main thread is alive. */
  | { readonly type: "turned" }
  /** To be answered by `settled`. */
  | { readonly type: "settle" }
  | { readonly type: "stop" };

export type FromKeeper =
  | {
      readonly type: "over";
      readonly lease: LeaseId;
      readonly verdict: Exclude<Verdict["verdict"], "keep">;
      readonly killed: number;
    }
  | {
      readonly type: "kept";
      readonly lease: LeaseId;
      readonly expiresAt: number | null;
      readonly leaseToken: string | null;
    }
  | {
      readonly type: "beaten";
      readonly drain: boolean;
      readonly slots: number | null;
      readonly paused: RunnerPause | null;
    }
  /** Everything that was known at the `settle` has been said. */
  | { readonly type: "settled" }
  | { readonly type: "missed"; readonly code: ErrorCode; readonly reason: string };

export interface KeeperData {
  readonly url: string;
  readonly credential: string;
  readonly runner: RunnerDescription;
  /** Length of a lease until one is held that says its own, milliseconds. */
  readonly leaseMs: number;
  /** The main thread is stuck when its loop has not turned for this long, milliseconds. */
  readonly stuckMs: number;
}
