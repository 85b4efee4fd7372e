import type { Env } from "../env.ts";
import { createLog } from "../http/log.ts";
import { exportSpans, hasSpans } from "./export-spans.ts";
import { metricsHub } from "./metrics-hub-stub.ts";
import { hasCounts, takeCounts } from "./record.ts";
import type { Deltas } from "./series.ts";

/** An isolate tells at most this often what it has counted and traced. */
const flushEveryMs = 5_000;
/** Background work of a request lasts 30 s at most: a flush that is later than this died with its request. */
const abandonedAfterMs = 15_000;

/** What this isolate is called towards the hub, which counts no flush of it twice. No random value may be made on loading. */
let isolateId: string | null = null;
let lastFlushId = 0;
/** A flush whose answer did not come: sent again as it was, under its own number. */
let unanswered: { readonly id: number; readonly deltas: Deltas } | null = null;
let plannedAt: number | null = null;

/**
 * Sees to it that what was counted and traced is told within a few seconds: the first to ask waits, behind its answer,
 * and flushes for all who come meanwhile. Costs a look at the clock for everybody else.
 */
export function flushSoon(env: Env, waitUntil: (work: Promise<unknown>) => void): void {
  const now = Date.now();
  if (plannedAt !== null && now - plannedAt < abandonedAfterMs) return;
  if (!hasCounts() && !hasSpans(env)) return;
  plannedAt = now;
  waitUntil(
    scheduler.wait(flushEveryMs).then(() => {
      plannedAt = null;
      return flush(env);
    }),
  );
}

/** Background work, and then what it counted and traced. */
export async function toldAfter(work: Promise<void>, env: Env, ctx: ExecutionContext): Promise<void> {
  try {
    await work;
  } finally {
    flushSoon(env, (told) => ctx.waitUntil(told));
  }
}

/** Tells the hub and the collector at once. Never throws: what the hub did not take is kept for the next time. */
async function flush(env: Env): Promise<void> {
  await exportSpans(env);
  await flushCounts(env);
}

/** Tells the hub alone. Never throws. */
export async function flushCounts(env: Env): Promise<void> {
  const again = unanswered;
  const deltas = again?.deltas ?? takeCounts();
  if (deltas === null) return;
  const sent = again ?? { id: ++lastFlushId, deltas };
  unanswered = sent;
  isolateId ??= crypto.randomUUID();
  try {
    await metricsHub(env).add({ isolateId, flushId: sent.id, deltas });
    if (unanswered === sent) unanswered = null;
    // What was counted since the flush that went unanswered.
    if (again) await flushCounts(env);
  } catch (error) {
    createLog().warn("metrics not flushed", { error });
  }
}
