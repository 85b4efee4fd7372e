import type { SimulatedRegion } from "./workload.ts";

/** What a run leaves behind to be measured. Times are milliseconds of the simulated day. */
export interface Trace {
  readonly waits: Wait[];
  readonly films: {
    readonly chunks: number;
    readonly tookMs: number /** From when its last chunk was first leased until all were done. */;
    readonly tailMs: number;
  }[];
  readonly samples: Sample[];
  readonly work: Work;
  readonly hedges: { started: number; won: number; lost: number };
  readonly jobs: { succeeded: number; failed: number };
  /** When the last job ended. */
  endedAt: number;
  /** Commands that the queues carried out. */
  commands: number;
}

/** Of a job, until the first lease of any of its tasks. */
export interface Wait {
  readonly tenantId: string;
  readonly priority: number;
  readonly isFilm: boolean;
  readonly waitMs: number;
}

/** Slot time by what came of it. */
export interface Work {
  acceptedMs: number;
  /** Of runners that died or stood still beyond their lease. */
  lostMs: number;
  failedMs: number;
  /** Of whoever was second of two. */
  outrunMs: number;
}

export interface Sample {
  readonly at: number;
  /** Slots of living hosts, and those of them that work. */
  readonly slots: number;
  readonly busy: number;
  readonly backlog: number;
  readonly shards: readonly ShardSample[];
}

export interface ShardSample {
  readonly region: SimulatedRegion;
  /** Live leases of each tenant that has work there or leases. */
  readonly leases: ReadonlyMap<string, number>;
  /** Tenants with work that is ready, and needs nothing special. */
  readonly backlogged: ReadonlySet<string>;
}

export function newTrace(): Trace {
  return {
    waits: [],
    films: [],
    samples: [],
    work: { acceptedMs: 0, lostMs: 0, failedMs: 0, outrunMs: 0 },
    hedges: { started: 0, won: 0, lost: 0 },
    jobs: { succeeded: 0, failed: 0 },
    endedAt: 0,
    commands: 0,
  };
}
