import { DurableObject } from "cloudflare:workers";
import { regionIds } from "@reelway/shared/regions";
import type { Env } from "../env.ts";
import { type Deltas, SeriesSet } from "../observability/series.ts";
import type { Seen } from "../regions/history/bucket.ts";
import { countedIn } from "../regions/history/counted-in.ts";
import { type ByRegion, type HistoryRow, RegionHistory } from "./region-history.ts";

/** What one isolate counted since it last told. */
export interface MetricsFlush {
  readonly isolateId: string;
  /** From 1, one more with each flush of this isolate: a repeated one is not added again. */
  readonly flushId: number;
  readonly deltas: Deltas;
}

/** The totals are written at most this often: one row, whoever told meanwhile. */
const writeEveryMs = 5_000;
/** Isolates whose last flush is remembered; the oldest is forgotten first. */
const isolatesAtMost = 1_000;

/**
 * Adds up what the Worker's isolates count, and keeps it over its own restarts in one row; and how the regions did over
 * time. A crash or a deploy loses the last five seconds at most: these are figures for graphs, nothing is decided by them.
 */
export class MetricsHub extends DurableObject<Env> {
  readonly #totals = new SeriesSet();
  readonly #history: RegionHistory;
  readonly #lastFlushes = new Map<string, number>();
  #writtenAt = 0;
  #trailing: ReturnType<typeof setTimeout> | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#history = new RegionHistory(ctx.storage);
    const stored = ctx.storage.kv.get<Deltas>("totals");
    if (stored) this.#totals.merge(stored);
  }

  add({ isolateId, flushId, deltas }: MetricsFlush): void {
    if (flushId <= (this.#lastFlushes.get(isolateId) ?? 0)) return;
    this.#remember(isolateId, flushId);
    this.#totals.merge(deltas);
    this.#writeSoon();
  }

  /** Everything since the installation began. */
  read(): Deltas {
    return this.#totals.totals();
  }

  /** What the sweep saw in the regions goes into their history, with what was counted there since it last looked. */
  noteHistory(now: number, seen: ByRegion<Seen | null>): void {
    const totals = this.#totals.totals();
    this.#history.add(now, seen, Object.fromEntries(regionIds.map((region) => [region, countedIn(totals, region)])));
  }

  /** How the regions did, in steps of this length or shorter; oldest first, from this time on. */
  readHistory(stepMs: number, from: number): HistoryRow[] {
    return this.#history.read(stepMs, from);
  }

  #remember(isolateId: string, flushId: number): void {
    this.#lastFlushes.delete(isolateId);
    this.#lastFlushes.set(isolateId, flushId);
    const [oldest] = this.#lastFlushes.keys();
    if (this.#lastFlushes.size > isolatesAtMost && oldest !== undefined) this.#lastFlushes.delete(oldest);
  }

  #writeSoon(): void {
    if (this.#trailing !== null) return;
    const waitMs = this.#writtenAt + writeEveryMs - Date.now();
    if (waitMs <= 0) {
      this.#write();
      return;
    }
    // A timer keeps the object awake until it fires, which costs less than the row that an alarm is.
    this.#trailing = setTimeout(() => {
      this.#trailing = null;
      this.#write();
    }, waitMs);
  }

  #write(): void {
    this.#writtenAt = Date.now();
    this.ctx.storage.kv.put("totals", this.#totals.totals());
  }
}
