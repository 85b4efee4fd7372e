/** What the sweep saw in a region. */
export interface Seen {
  readonly waiting: number;
  readonly oldestWaitingMs: number;
  readonly running: number;
  readonly liveRunners: number;
}

/** What was counted in a region, since the installation began or within a stretch of time. */
export interface Counted {
  readonly tasksDone: number;
  readonly mediaSeconds: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly attemptsFailed: number;
  /** First waits of jobs by length: buckets of `reelway_dispatch_latency_seconds`. */
  readonly waits: readonly number[];
}

/** A region over a stretch of time. */
export interface Bucket {
  /** Null where its queue did not answer. */
  readonly seen: Seen | null;
  readonly counted: Counted;
}

/** Two stretches of one region as one: the most that waited and ran, the fewest runners, all that was done. */
export function merged(a: Bucket, b: Bucket): Bucket {
  return { seen: seenInBoth(a.seen, b.seen), counted: sum(a.counted, b.counted) };
}

/** Two regions in the same stretch as one: what was seen is null unless both were, since half of it would look like all. */
export function together(a: Bucket, b: Bucket): Bucket {
  const seen = a.seen && b.seen ? seenTogether(a.seen, b.seen) : null;
  return { seen, counted: sum(a.counted, b.counted) };
}

/**
 * What was counted after `before`: nothing where there was no look before, since the totals are as old as the installation. A
 * total that is smaller than before was lost in part, and nothing is made up for it.
 */
export function since(before: Counted | undefined, now: Counted): Counted {
  return before === undefined ? nothing : combine(now, before, (total, known) => Math.max(0, total - known));
}

const nothing: Counted = {
  tasksDone: 0,
  mediaSeconds: 0,
  succeeded: 0,
  failed: 0,
  attemptsFailed: 0,
  waits: [],
};

function sum(a: Counted, b: Counted): Counted {
  return combine(a, b, (x, y) => x + y);
}

function combine(a: Counted, b: Counted, of: (a: number, b: number) => number): Counted {
  const places = Math.max(a.waits.length, b.waits.length);
  return {
    tasksDone: of(a.tasksDone, b.tasksDone),
    mediaSeconds: of(a.mediaSeconds, b.mediaSeconds),
    succeeded: of(a.succeeded, b.succeeded),
    failed: of(a.failed, b.failed),
    attemptsFailed: of(a.attemptsFailed, b.attemptsFailed),
    waits: Array.from({ length: places }, (_, place) => of(a.waits[place] ?? 0, b.waits[place] ?? 0)),
  };
}

function seenInBoth(a: Seen | null, b: Seen | null): Seen | null {
  if (a === null || b === null) return a ?? b;
  return {
    waiting: Math.max(a.waiting, b.waiting),
    oldestWaitingMs: Math.max(a.oldestWaitingMs, b.oldestWaitingMs),
    running: Math.max(a.running, b.running),
    liveRunners: Math.min(a.liveRunners, b.liveRunners),
  };
}

function seenTogether(a: Seen, b: Seen): Seen {
  return {
    waiting: a.waiting + b.waiting,
    oldestWaitingMs: Math.max(a.oldestWaitingMs, b.oldestWaitingMs),
    running: a.running + b.running,
    liveRunners: a.liveRunners + b.liveRunners,
  };
}
