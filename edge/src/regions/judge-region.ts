import { canServe } from "@reelway/shared/scheduling/lanes";
import type { ObservedState } from "../store/region-states.ts";
import type { RegionStateRow } from "../store/rows.ts";
import type { RegionStanding } from "./observe.ts";

/** Why jobs are moved away. */
export type MoveReason = "drained" | "no_runners" | "overdue";

/** What a look at a region comes to: what is stored of it, and what becomes of jobs. */
export interface Judgement {
  readonly state: ObservedState;
  /** Why waiting jobs are to leave. */
  readonly leave: MoveReason | null;
  /** Whether jobs of other regions may come, as far as somebody works there. */
  readonly open: boolean;
}

export interface FailoverSettings {
  readonly failoverAfterMs: number;
  /** 0 for never. */
  readonly failoverWaitMs: number;
}

/**
 * Judges a region by what was stored of it and what is seen now (null where its queue did not answer: then what was
 * there before counts, and nobody is seen to work). Failing over begins when nobody has worked there for long while
 * something waits, or when its runners leave work waiting for too long that they could do; it ends when somebody works
 * there and nothing of that kind is left. Work that no runner there can do may leave too, but is no sign of the region:
 * else one job with a label that nobody has would close it to everybody.
 */
export function judgeRegion(
  before: RegionStateRow | undefined,
  standing: RegionStanding | null,
  { failoverAfterMs, failoverWaitMs }: FailoverSettings,
  now: number,
): Judgement {
  const { ready, leased, oldestReadyAt } = standing?.counts ?? {
    ready: before?.ready ?? 0,
    leased: before?.leased ?? 0,
    oldestReadyAt: before?.oldestReadyAt ?? null,
  };
  const live = standing?.live ?? [];
  const liveRunners = live.length;
  const servedAt = liveRunners > 0 ? now : (before?.servedAt ?? null);
  // Where nobody has ever worked, somebody may be about to begin: it counts from the first job that waits.
  const idleSince = servedAt ?? oldestReadyAt;
  const abandoned = liveRunners === 0 && ready > 0 && idleSince !== null && now - idleSince >= failoverAfterMs;
  const overdue = (standing?.ready ?? []).filter(
    (work) => failoverWaitMs > 0 && now - work.oldestReadyAt > failoverWaitMs,
  );
  // Who holds back for it can be too slow with it only from then on.
  const overloaded = overdue.some(({ needs, oldestReadyAt }) =>
    live.some(
      ({ capabilities, holdBackMs = 0 }) =>
        oldestReadyAt + holdBackMs + failoverWaitMs < now && canServe(new Set(capabilities), needs),
    ),
  );

  const stillAbandoned = before?.failedOverAt != null && liveRunners === 0;
  const failing = abandoned || stillAbandoned || overloaded;
  const failedOverAt = failing ? (before?.failedOverAt ?? now) : null;
  const state = { servedAt, liveRunners, ready, leased, oldestReadyAt, failedOverAt, lookedAt: now };
  if (before?.drainedAt != null) return { state, leave: "drained", open: false };
  if (failing && liveRunners === 0) return { state, leave: "no_runners", open: false };
  return { state, leave: overdue.length > 0 ? "overdue" : null, open: !failing };
}
