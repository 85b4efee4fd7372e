import { availableParallelism } from "node:os";
import type { BoxLimits, Reach } from "./box.ts";
import type { Ceilings } from "./ceilings.ts";

const GiB = 1024 ** 3;
/** Left to the runner and the system, bytes. */
const keptBytes = GiB;
/** What 4K pictures by the hungriest encoder take, and far more than they do, bytes. */
const [leastBytes, mostBytes] = [4 * GiB, 32 * GiB];

/** A slot's share of the host's memory, or of the container's, bytes. */
export function memoryShare(slots: number, hostBytes: number): number {
  const share = Math.floor((hostBytes - keptBytes) / slots);
  return Math.min(hostBytes, mostBytes, Math.max(leastBytes, share));
}

/** Expected need is an estimate: an honest program stays below it times this. */
const estimateFactor = 2;

/** The bound of one task: that of every task, or more for one that is expected to need more, up to `mostBytes`. */
export function memoryBound(bytes: number, expectedBytes: number, mostBytes: number): number {
  return Math.max(bytes, Math.min(expectedBytes * estimateFactor, mostBytes));
}

/** Every core busy for as long as an attempt may last, seconds. */
export function cpuShare(jobTimeoutSeconds: number): number {
  return Math.ceil(jobTimeoutSeconds * availableParallelism());
}

/** A program that does not heed the end of its processor time is killed so much later, seconds: ffmpeg ends what it began. */
const deafSeconds = 5 * availableParallelism();

export interface LimitOptions {
  readonly limits: BoxLimits;
  readonly ceilings: Ceilings;
  /** Whether a group counts its memory. */
  readonly countsMemory: boolean;
}

/**
 * The words that bound a program, and all that it starts, by the kernel's resource limits (setrlimit(2)), as far as the runner's
 * own leave room; its memory, too, where no group counts it.
 */
export function limitWords(prlimit: string, reach: Reach, { limits, ceilings, countsMemory }: LimitOptions): string[] {
  const cpuSeconds = Math.min(limits.cpuSeconds, ceilings.cpu);
  const bounds: Bounds = {
    ...(countsMemory ? {} : memoryBounds(limits, reach)),
    ...(reach.mapsFiles ? {} : { fsize: limits.fileBytes }),
    nofile: limits.openFiles,
    nproc: limits.processes,
  };
  return [
    prlimit,
    ...boundNames.flatMap((name) => {
      const bound = bounds[name];
      return bound === undefined ? [] : [`--${name}=${Math.min(bound, ceilings[name])}`];
    }),
    ...[`--cpu=${cpuSeconds}:${Math.min(cpuSeconds + deafSeconds, ceilings.cpu)}`, "--core=0", "--"],
  ];
}

const boundNames = ["data", "as", "fsize", "nofile", "nproc"] as const;
type Bounds = Partial<Record<(typeof boundNames)[number], number>>;

/** Stacks of threads count in full, and encoders make hundreds: of what is counted, a part is memory. */
const countedFactor = 2;
/** Reserved addresses are no memory, but who reserves without end is no honest program. */
const addressFactor = 4;

function memoryBounds({ memoryBytes }: BoxLimits, { mapsFiles, devices = [] }: Reach): Bounds {
  // Files mapped as a whole, and drivers of devices, take far more addresses than there is memory.
  const addresses = mapsFiles || devices.length > 0 ? {} : { as: memoryBytes * addressFactor };
  return { data: memoryBytes * countedFactor, ...addresses };
}
