import { reasonOf } from "@reelway/shared/errors/reason-of";

/** What one client did in one step: how long it took, or that there was nothing left to do. */
export type Step = { readonly ms: number } | "nothing-left";

export interface ClosedLoop {
  readonly clients: number;
  /** Steps before this long are done and not counted. */
  readonly warmUpMs: number;
  /** The counted time ends after this long or this many steps, whichever comes first. */
  readonly durationMs: number;
  readonly maxSteps: number;
  /** One client's next request; a throw counts as failed. */
  readonly step: (client: number) => Promise<Step>;
}

export interface LoadResult {
  readonly durationsMs: readonly number[];
  /** From the end of the warm-up to the last counted answer. */
  readonly elapsedMs: number;
  readonly perSecond: number;
  readonly failed: number;
  readonly firstFailure: string | null;
}

/** A side that fails this often is broken, and its figures would mean nothing. */
const tooManyFailures = 50;

/** So many clients, each with one request under way: the next is sent when the last is answered. */
export async function runClosedLoop(loop: ClosedLoop): Promise<LoadResult> {
  const durationsMs: number[] = [];
  const failures: string[] = [];
  const countFrom = performance.now() + loop.warmUpMs;
  const end = countFrom + loop.durationMs;
  let lastAnswer = countFrom;
  let done = false;

  async function client(number: number): Promise<void> {
    while (!done && performance.now() < end) {
      const startedAt = performance.now();
      try {
        const step = await loop.step(number);
        if (step === "nothing-left") return;
        if (startedAt < countFrom) continue;
        durationsMs.push(step.ms);
        lastAnswer = performance.now();
        if (durationsMs.length >= loop.maxSteps) done = true;
      } catch (error) {
        failures.push(reasonOf(error));
        if (failures.length >= tooManyFailures) throw new Error(`${failures.length} requests failed: ${failures[0]}`);
      }
    }
  }
  await Promise.all(Array.from({ length: loop.clients }, (_, number) => client(number)));

  const elapsedMs = lastAnswer - countFrom;
  return {
    durationsMs,
    elapsedMs,
    perSecond: elapsedMs > 0 ? (durationsMs.length * 1_000) / elapsedMs : 0,
    failed: failures.length,
    firstFailure: failures[0] ?? null,
  };
}

/** How long a call took, beside its answer. */
export async function timed<T>(call: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const startedAt = performance.now();
  const value = await call();
  return { value, ms: performance.now() - startedAt };
}
