import fc from "fast-check";
import { jobIds, simulationSettings, tenantIds } from "./simulation.ts";

export const runnerIds = ["r0", "r1", "r2"];
export const recipes = ["x@1", "x@1", "y@1", ""];
/** Against recipe and runner; against the runner; against neither. */
export const codes = ["encode_failed", "runner_error", "input_unreadable"] as const;

/** A task to be made: what it needs, its place, and which one waits for it (a pick, mostly of none). */
export interface Shape {
  readonly needs: number;
  readonly order: number;
  readonly unblocks: number;
  readonly hedgeable: boolean;
}

/** One thing that happens to the queue. Numbers are picks among what is there when the step is taken. */
export type Step =
  | {
      do: "enqueue" | "enqueueNextRun";
      job: number;
      priority: number;
      delay: number;
      tasks: readonly Shape[];
      /** Whether the tasks are parts of a graph, or all for themselves. */
      graph: boolean;
      recipe: number;
    }
  | { do: "cancel"; job: number; runOffset: number }
  | {
      do: "lease";
      runner: number;
      slots: number;
      draining: boolean;
      capable: number;
      hedging: boolean;
      delivering: number;
      taken: number;
      holdBackMs: number;
    }
  | { do: "work"; runner: number; add: readonly Shape[] }
  | { do: "beat"; runner: number }
  | {
      do: "complete" | "fail" | "failForGood" | "release";
      grant: number;
      stranger: boolean;
      delay: number;
      code: number;
      /** What a hand-back says that it needs. */
      needs: number;
      /** What a completion adds. */
      add: readonly Shape[];
    }
  | { do: "addWrongly"; grant: number; wrong: number }
  | { do: "resetBreaker"; breaker: number }
  | { do: "limit"; tenant: number; maxRunning: number | null; age: number; byEnqueue: boolean }
  | { do: "pass"; milliseconds: number }
  | { do: "tick" }
  | { do: "acknowledge"; share: number }
  | { do: "crash" };

const { leaseMs, outageMs, queuedMs, retentionMs, retryMaxMs } = simulationSettings;
const some = (max: number) => fc.nat({ max });

const shape: fc.Arbitrary<Shape> = fc.record({
  needs: fc.constantFrom(0, 0, 0, 1, 2, 3),
  order: fc.constantFrom(0, 0, 1, 2),
  unblocks: some(3),
  hedgeable: fc.constantFrom(true, true, false),
});

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("enqueue" as const, "enqueue" as const, "enqueueNextRun" as const),
      job: some(jobIds.length - 1),
      priority: some(30),
      delay: fc.constantFrom(0, 0, 0, 150, 2_000),
      tasks: fc.oneof(fc.array(shape, { minLength: 1, maxLength: 1 }), fc.array(shape, { minLength: 1, maxLength: 5 })),
      graph: fc.constantFrom(true, true, false),
      recipe: some(recipes.length - 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("cancel" as const),
      job: some(jobIds.length - 1),
      runOffset: fc.constantFrom(0, 0, 0, 1, -1),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant("lease" as const),
      runner: some(runnerIds.length - 1),
      slots: fc.constantFrom(1, 2, 4, 4),
      draining: fc.constantFrom(false, false, false, false, true),
      capable: fc.constantFrom(3, 3, 3, 2, 1, 0),
      hedging: fc.constantFrom(true, true, false),
      delivering: fc.constantFrom(0, 0, 0, 1, 5),
      taken: fc.constantFrom(0, 0, 0, 1, 2, 3, 4),
      holdBackMs: fc.constantFrom(0, 0, 0, 40, leaseMs),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("work" as const),
      runner: some(runnerIds.length - 1),
      add: fc.array(shape, { maxLength: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("beat" as const), runner: some(runnerIds.length - 1) }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "complete" as const,
        "complete" as const,
        "fail" as const,
        "failForGood" as const,
        "release" as const,
      ),
      grant: some(1_000),
      stranger: fc.constantFrom(false, false, false, false, false, false, true),
      delay: fc.constantFrom(0, 0, 300, 5_000),
      code: fc.constantFrom(0, 0, 1, 2),
      needs: fc.constantFrom(0, 0, 1, 2, 3),
      add: fc.oneof(fc.constant([]), fc.array(shape, { maxLength: 3 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("addWrongly" as const), grant: some(2), wrong: some(3) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      milliseconds: fc.constantFrom(
        1,
        40,
        retryMaxMs,
        leaseMs / 2,
        leaseMs,
        leaseMs + outageMs + 1,
        queuedMs,
        retentionMs,
      ),
    }),
  },
  { weight: 6, arbitrary: fc.constant({ do: "tick" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("acknowledge" as const), share: some(3) }) },
  { weight: 1, arbitrary: fc.constant({ do: "crash" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("resetBreaker" as const), breaker: some(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("limit" as const),
      tenant: some(tenantIds.length - 1),
      maxRunning: fc.constantFrom(null, 1, 2, 3),
      // What was said before may arrive late.
      age: fc.constantFrom(0, 0, 50, 1_000),
      byEnqueue: fc.boolean(),
    }),
  },
);

/**
 * How things go on once nobody asks for anything new: runners finish their work, or fail it, or vanish with it; or they
 * vanish while the queue itself keeps sleeping past every deadline.
 */
export const ending = fc.constantFrom("complete", "fail", "vanish", "oversleep");
export type Ending = typeof ending extends fc.Arbitrary<infer T> ? T : never;
