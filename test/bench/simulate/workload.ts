import type { EnqueueCommand, NewTask } from "@reelway/shared/scheduling/commands";
import type { Chance } from "./chance.ts";

const minute = 60_000;
export const regions = ["weur", "enam", "apac"] as const;
export type SimulatedRegion = (typeof regions)[number];

/** What a tenant sends over the day. */
interface Habit {
  readonly tenantId: string;
  readonly region: SimulatedRegion;
  /** Of all jobs. */
  readonly share: number;
  /** Chunks of its films, of 20 seconds each; 0: clips. */
  readonly chunks: number;
  /** Seconds of work of a clip. */
  readonly clipSeconds: readonly [number, number];
  readonly priorities: readonly number[];
  /** Within which share of the day its jobs come. */
  readonly within: readonly [number, number];
  /** Its clips that only runners with a GPU can do. */
  readonly gpuShare: number;
}

/** Who shares the fleet: films beside clips, a batch of thousands at once, and people who wait for a ten-second clip. */
const habits: readonly Habit[] = [
  {
    tenantId: "cinema",
    region: "weur",
    share: 0.001,
    chunks: 720,
    clipSeconds: [10, 10],
    priorities: [50],
    within: [0, 0.7],
    gpuShare: 0,
  },
  {
    tenantId: "cinema",
    region: "weur",
    share: 0.049,
    chunks: 0,
    clipSeconds: [10, 10],
    priorities: [50],
    within: [0, 1],
    gpuShare: 0,
  },
  {
    tenantId: "studio",
    region: "weur",
    share: 0.01,
    chunks: 270,
    clipSeconds: [0, 0],
    priorities: [50],
    within: [0, 0.9],
    gpuShare: 0,
  },
  {
    tenantId: "series",
    region: "enam",
    share: 0.05,
    chunks: 75,
    clipSeconds: [0, 0],
    priorities: [20, 50, 80],
    within: [0, 1],
    gpuShare: 0,
  },
  {
    tenantId: "social",
    region: "enam",
    share: 0.35,
    chunks: 0,
    clipSeconds: [10, 60],
    priorities: [20, 50, 80],
    within: [0, 1],
    gpuShare: 0.05,
  },
  {
    tenantId: "archive",
    region: "enam",
    share: 0.24,
    chunks: 0,
    clipSeconds: [60, 120],
    priorities: [20],
    within: [0.3, 0.301],
    gpuShare: 0,
  },
  {
    tenantId: "news",
    region: "weur",
    share: 0.12,
    chunks: 0,
    clipSeconds: [10, 90],
    priorities: [20, 50, 80],
    within: [0, 1],
    gpuShare: 0,
  },
  {
    tenantId: "school",
    region: "apac",
    share: 0.16,
    chunks: 0,
    clipSeconds: [30, 120],
    priorities: [20, 50, 80],
    within: [0.2, 0.8],
    gpuShare: 0.1,
  },
  {
    tenantId: "doku",
    region: "apac",
    share: 0.02,
    chunks: 150,
    clipSeconds: [0, 0],
    priorities: [50],
    within: [0.1, 0.9],
    gpuShare: 0,
  },
];

/** What the runners of a region get of all hosts, by the work that comes there. */
export const hostShares: Readonly<Record<SimulatedRegion, number>> = { weur: 0.33, enam: 0.36, apac: 0.31 };

/** Those whose jobs have different priorities: between tenants priority counts for nothing (docs/adr/0004). */
export const mixingTenants: ReadonlySet<string> = new Set(
  habits.filter(({ priorities }) => priorities.length > 1).map(({ tenantId }) => tenantId),
);

export interface SimulatedJob {
  readonly at: number;
  readonly region: SimulatedRegion;
  readonly tenantId: string;
  readonly isFilm: boolean;
  readonly priority: number;
  readonly command: EnqueueCommand & { readonly type: "enqueue" };
  /** What the plan's completion adds. */
  readonly add: readonly NewTask[];
}

/** A day of `dayMs` with so many jobs, in the order of their arrival. A task's payload is its work: milliseconds at speed 1. */
export function workload(jobs: number, dayMs: number, chance: Chance): SimulatedJob[] {
  const all = habits.flatMap((habit, kind) =>
    Array.from({ length: Math.max(1, Math.round(jobs * habit.share)) }, (_, index) =>
      jobOf(habit, `${habit.tenantId}-${kind}-${index}`, dayMs, chance),
    ),
  );
  return all.sort((a, b) => a.at - b.at || (a.command.jobId < b.command.jobId ? -1 : 1));
}

function jobOf(habit: Habit, jobId: string, dayMs: number, chance: Chance): SimulatedJob {
  const { tenantId, region, chunks, clipSeconds, priorities, within, gpuShare } = habit;
  const at = Math.round(dayMs * chance.between(`${jobId}/at`, ...within));
  const priority = chance.pick(`${jobId}/priority`, priorities);
  const isFilm = chunks > 0;
  const task = (part: string, workMs: number, more: Partial<NewTask> = {}): NewTask => {
    return {
      taskId: `${jobId}/${part}`,
      needs: [],
      recipe: isFilm ? "stream" : "mp4-h264@1",
      payload: String(Math.round(workMs)),
      ...more,
    };
  };
  const clip = () => {
    const needs = chance.of(`${jobId}/gpu`) < gpuShare ? ["gpu"] : [];
    return task("clip", 1_000 * chance.between(`${jobId}/work`, ...clipSeconds), { needs });
  };
  const end = { unblocks: `${jobId}/finish` };
  const film = () => [task("plan", 4_000, { part: "plan", ...end }), task("finish", 3_000, { part: "finish" })];
  const common = { type: "enqueue", jobId, tenantId, run: 1, priority, startAt: null } as const;
  return {
    ...{ at, region, tenantId, isFilm, priority },
    command: { ...common, tasks: isFilm ? film() : [clip()] },
    add: isFilm ? partsOf(jobId, chunks, task, chance) : [],
  };
}

/** Twenty seconds of film are half a minute of work, more or less. */
function partsOf(
  jobId: string,
  chunks: number,
  task: (part: string, workMs: number, more: Partial<NewTask>) => NewTask,
  chance: Chance,
): NewTask[] {
  const end = { unblocks: `${jobId}/finish` };
  const hardness = chance.around1(`${jobId}/hardness`, 0.3);
  const encode = Array.from({ length: chunks }, (_, index) => {
    const workMs = 0.5 * minute * hardness * chance.around1(`${jobId}/encode:${index}`, 0.2);
    return task(`encode:${index}`, workMs, { part: `encode:${index}`, order: index, hedgeable: true, ...end });
  });
  return [task("audio", chunks * 400, { part: "audio", order: -1, ...end }), ...encode];
}
