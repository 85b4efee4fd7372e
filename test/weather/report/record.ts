import type { Struck } from "../storms/season.ts";
import type { Check } from "../verdict/check.ts";
import type { Growth, HeapSample, ProcessSample } from "../watch/growth.ts";

/** What is kept of a run: its report is made from this alone. Times are milliseconds since the weather began. */
export interface RunRecord {
  /** Since the epoch. */
  readonly startedAt: number;
  readonly seed: number;
  readonly weatherMs: number;
  /** From the end of the weather until the last job had ended. */
  readonly calmMs: number;
  readonly jobsOfWeather: number;
  readonly struck: readonly Struck[];
  /** Processes that ended and were started again, by whatever. */
  readonly ends: readonly { readonly at: number; readonly name: string; readonly how: string }[];
  /** What customers did, and how often. */
  readonly acts: readonly (readonly [what: string, times: number])[];
  readonly storageFaults: Readonly<Record<string, number>>;
  readonly webhooks: { readonly taken: number; readonly refused: number };
  /** Of every job, those that count. */
  readonly attempts: readonly number[];
  readonly jobs: readonly (readonly [createdAt: number, finishedAt: number])[];
  readonly samples: readonly ProcessSample[];
  readonly heap: readonly HeapSample[];
  readonly growth: readonly Growth[];
  /** A disk of its own could be mounted, and filled. */
  readonly hasSmallDisk: boolean;
  readonly checks: readonly Check[];
}
