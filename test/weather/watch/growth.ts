/** One look at a process. */
export interface ProcessSample {
  /** Milliseconds since the weather began. */
  readonly at: number;
  readonly name: string;
  readonly pid: number;
  readonly residentBytes: number;
  readonly handles: number;
}

/** One life of a process, from its start or the end of its warm-up to its end: what it holds grows, or does not. */
export interface Growth {
  readonly name: string;
  readonly pid: number;
  /** Behind the warm-up, milliseconds. */
  readonly spanMs: number;
  readonly memory: Trend;
  readonly handles: Trend;
}

export interface Trend {
  /** The least of each part of the life, oldest first: what is left when garbage has been collected. */
  readonly floors: readonly number[];
  /** By the median of the slopes between floors, over the whole span (Theil and Sen). */
  readonly grown: number;
  readonly leaks: boolean;
}

/** A life shorter than this behind its warm-up says nothing. */
const judgedFromMs = 240_000;
const warmUpMs = 90_000;
const parts = 6;
/** Growth up to the larger of the two is no leak: bytes or handles, and a share of the first floor. */
const memoryTolerance = { amount: 48 * 1024 * 1024, share: 0.25 };
const handleTolerance = { amount: 12, share: 0.25 };

/** The lives that were long enough, the longest of each name first. */
export function growthOf(samples: readonly ProcessSample[]): Growth[] {
  return [...Map.groupBy(samples, ({ name, pid }) => `${name} ${pid}`).values()]
    .flatMap((life) => {
      const [first] = life;
      if (first === undefined) return [];
      const settled = life.filter(({ at }) => at >= first.at + warmUpMs);
      const spanMs = (settled.at(-1)?.at ?? 0) - (settled[0]?.at ?? 0);
      if (spanMs < judgedFromMs) return [];
      const memory = trendOf(settled, ({ residentBytes }) => residentBytes, memoryTolerance);
      const handles = trendOf(settled, (sample) => sample.handles, handleTolerance);
      return [{ name: first.name, pid: first.pid, spanMs, memory, handles }];
    })
    .sort((a, b) => a.name.localeCompare(b.name) || b.spanMs - a.spanMs);
}

interface Tolerance {
  readonly amount: number;
  readonly share: number;
}

function trendOf(
  life: readonly ProcessSample[],
  value: (sample: ProcessSample) => number,
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
