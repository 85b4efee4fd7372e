import type { Attempt } from "@reelway/shared/contracts/dead-letter";
import type { JobTask } from "@reelway/shared/contracts/job-task";

/** One stretch of work of a runner. */
export interface Bar {
  readonly key: string;
  readonly task: JobTask;
  readonly hedge: boolean;
  /** How it came to nothing; null for the one that is under way, or was done. */
  readonly ended: Attempt | null;
  readonly from: number;
  readonly to: number;
  /** Beside others of the same runner at the same time. */
  readonly lane: number;
}

export interface Row {
  readonly runnerId: string;
  readonly lanes: number;
  readonly bars: readonly Bar[];
}

export interface Gantt {
  readonly from: number;
  readonly to: number;
  readonly rows: readonly Row[];
  /** Done in an earlier run, or so long ago that nobody knows when. */
  readonly kept: number;
  readonly left: number;
}

/** Who worked when on what. `now` ends what is still under way. */
export function ganttOf(tasks: readonly JobTask[], now: number): Gantt {
  const stretches = tasks.flatMap((task) => stretchesOf(task, now));
  const byRunner = Map.groupBy(stretches, ({ runnerId }) => runnerId);
  const rows = [...byRunner].map(([runnerId, bars]) => inLanes(runnerId, bars)).sort((a, b) => firstOf(a) - firstOf(b));
  return {
    from: Math.min(...stretches.map(({ from }) => from), now),
    to: Math.max(...stretches.map(({ to }) => to), 0),
    rows,
    kept: tasks.filter(({ state, startedAt }) => state === "done" && startedAt === null).length,
    left: tasks.filter(({ state }) => ["blocked", "lined", "ready", "delayed"].includes(state)).length,
  };
}

type Stretch = Omit<Bar, "lane"> & { readonly runnerId: string };

function stretchesOf(task: JobTask, now: number): Stretch[] {
  const { part, runnerId, startedAt, endedAt, hedge, state, attempt, attempts } = task;
  const key = `${part}/${attempt}`;
  const inVain = attempts.map((ended, index) => ({
    key: `${part}/in-vain/${index}`,
    ...{ task, hedge: false, ended, from: ended.startedAt, to: ended.endedAt, runnerId: ended.runnerId },
  }));
  const to = endedAt ?? now;
  // What waits, or ended badly, is told by its attempts.
  const own =
    runnerId === null || startedAt === null || !(state === "leased" || state === "done")
      ? []
      : [{ key, task, hedge: false, ended: null, from: startedAt, to: Math.max(to, startedAt), runnerId }];
  if (hedge === null) return [...inVain, ...own];
  const second = { from: hedge.startedAt, to: Math.max(to, hedge.startedAt), runnerId: hedge.runnerId };
  return [...inVain, ...own, { key: `${key}/hedge`, task, hedge: true, ended: null, ...second }];
}

function inLanes(runnerId: string, stretches: readonly Stretch[]): Row {
  const ends: number[] = [];
  const bars = [...stretches]
    .sort((a, b) => a.from - b.from)
    .map(({ runnerId: _runner, ...stretch }) => {
      const free = ends.findIndex((end) => end <= stretch.from);
      const lane = free === -1 ? ends.length : free;
      ends[lane] = stretch.to;
      return { ...stretch, lane };
    });
  return { runnerId, lanes: ends.length, bars };
}

function firstOf({ bars }: Row): number {
  return bars[0]?.from ?? 0;
}

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800];

/** About five round seconds within a length, for an axis. */
export function ticksOf(lengthMs: number): number[] {
  const seconds = lengthMs / 1_000;
  const step = steps.find((one) => seconds / one <= 6) ?? 86_400;
  // One at the very end would have no room for its figure.
  return Array.from({ length: Math.floor((seconds * 0.9) / step) + 1 }, (_, index) => index * step);
}
