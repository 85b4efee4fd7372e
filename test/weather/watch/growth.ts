/** One look at a process. */
export interface ProcessSample {
  /** Milliseconds since the weather began. */
  readonly at: number;
  readonly name: string;
  readonly pid: number;
  readonly residentBytes: number;
  readonly handles: number;
}

/** One look at what the Worker holds when its garbage is collected, without the simulators in the same process. */
export interface HeapSample {
  /** Milliseconds since the weather began. */
  readonly at: number;
  /** Of workerd. */
  readonly pid: number;
  readonly heapBytes: number;
}

/** One life of a process, from its start or the end of its warm-up to its end: what it holds grows, or does not. */
export interface Growth {
  readonly name: string;
  readonly pid: number;
  /** Behind the warm-up, milliseconds. */
  readonly spanMs: number;
  readonly memory: Trend;
  /** Null for a part of a process. */
  readonly handles: Trend | null;
}

export interface Trend {
  /** The least of each part of the life, oldest first: what is left when garbage has been collected. */
  readonly floors: readonly number[];
  /** By the median of the slopes between floors, over the whole span (Theil and Sen). */
  readonly grown: number;
  readonly leaks: boolean;
}

/** The process that the simulators share with the Worker. */
export const workerdName = "workerd";

/** A life shorter than this behind its warm-up says nothing. */
const judgedFromMs = 240_000;
const warmUpMs = 90_000;
const parts = 6;
/** Growth up to the larger of the two is no leak: bytes or handles, and a share of the first floor. */
const memoryTolerance = { amount: 48 * 1024 * 1024, share: 0.25 };
const heapTolerance = { amount: 4 * 1024 * 1024, share: 0.25 };
const handleTolerance = { amount: 12, share: 0.25 };
/** workerd holds the simulators of D1, Queues and R2, too, which are never deployed: of its memory the Worker's heap is judged. */
const notJudged = { amount: Number.POSITIVE_INFINITY, share: 0 };

/** What the Worker holds, among the names of processes. */
export const workerHeapName = "the Worker alone";

/** The lives that were long enough, the longest of each name first. */
export function growthOf(samples: readonly ProcessSample[], heap: readonly HeapSample[]): Growth[] {
  const processes = livesOf(samples, ({ name }) => name).map(({ settled, ...life }) => ({
    ...life,
    memory: trendOf(
      settled,
      ({ residentBytes }) => residentBytes,
      life.name === workerdName ? notJudged : memoryTolerance,
    ),
    handles: trendOf(settled, ({ handles }) => handles, handleTolerance),
  }));
  const worker = livesOf(heap, () => workerHeapName).map(({ settled, ...life }) => ({
    ...life,
    memory: trendOf(settled, ({ heapBytes }) => heapBytes, heapTolerance),
    handles: null,
  }));
  return [...processes, ...worker].sort((a, b) => a.name.localeCompare(b.name) || b.spanMs - a.spanMs);
}

interface Life<Sample> {
  readonly name: string;
  readonly pid: number;
  readonly spanMs: number;
  /** Behind the warm-up. */
  readonly settled: readonly Sample[];
}

function livesOf<Sample extends { readonly at: number; readonly pid: number }>(
  samples: readonly Sample[],
  nameOf: (sample: Sample) => string,
): Life<Sample>[] {
  return [...Map.groupBy(samples, (sample) => `${nameOf(sample)} ${sample.pid}`).values()].flatMap((life) => {
    const [first] = life;
    if (first === undefined) return [];
    const settled = life.filter(({ at }) => at >= first.at + warmUpMs);
    const spanMs = (settled.at(-1)?.at ?? 0) - (settled[0]?.at ?? 0);
    return spanMs < judgedFromMs ? [] : [{ name: nameOf(first), pid: first.pid, spanMs, settled }];
  });
}

interface Tolerance {
  readonly amount: number;
  readonly share: number;
}

function trendOf<Sample>(
  life: readonly Sample[],
  value: (sample: Sample) => number,
  { amount, share }: Tolerance,
): Trend {
  const floors = Array.from({ length: parts }, (_, part) => {
    const from = Math.floor((part * life.length) / parts);
    const to = Math.floor(((part + 1) * life.length) / parts);
    return Math.min(...life.slice(from, to).map(value));
  });
  const slopes = floors.flatMap((low, from) =>
    floors.slice(from + 1).map((high, further) => (high - low) / (further + 1)),
  );
  const grown = median(slopes) * (parts - 1);
  return { floors, grown, leaks: grown > Math.max(amount, share * (floors[0] ?? 0)) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}
