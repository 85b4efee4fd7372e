import { type RegionId, regionIds } from "@reelway/shared/regions";
import { type Bucket, type Counted, merged, type Seen, since } from "../regions/history/bucket.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How finely it is kept, finest first, and for how long: a little longer than the windows that are told by each. */
const resolutions = [
  { stepMs: minuteMs, keptMs: 2 * hourMs },
  { stepMs: 10 * minuteMs, keptMs: dayMs + hourMs },
  { stepMs: hourMs, keptMs: 31 * dayMs },
] as const;

export type ByRegion<Value> = Readonly<Partial<Record<RegionId, Value>>>;

/** All regions in one step of time. */
export interface HistoryRow {
  readonly at: number;
  readonly regions: ByRegion<Bucket>;
}

type StoredRow = { at: number; regions: string };

/**
 * How the regions did: by minutes for two hours, by ten minutes for a day, by hours for a month. That is at most some
 * 1,020 rows, each with all regions. A look adds to three of them, and keeps the totals that the next is compared with.
 */
export class RegionHistory {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec(`CREATE TABLE IF NOT EXISTS history (
      step_ms INTEGER NOT NULL, at INTEGER NOT NULL, regions TEXT NOT NULL, PRIMARY KEY (step_ms, at)
    ) WITHOUT ROWID`);
  }

  /** Adds what was seen at `now`, and what was counted since the look before. */
  add(now: number, seen: ByRegion<Seen | null>, totals: ByRegion<Counted>): void {
    this.#storage.transactionSync(() => {
      const before = this.#storage.kv.get<ByRegion<Counted>>("counted");
      const added = mapRegions(totals, (total, region) => ({
        seen: seen[region] ?? null,
        counted: since(before?.[region], total),
      }));
      this.#storage.kv.put("counted", totals);
      for (const { stepMs, keptMs } of resolutions) {
        this.#merge(stepMs, now - (now % stepMs), added);
        this.#storage.sql.exec("DELETE FROM history WHERE step_ms = ? AND at < ?", stepMs, now - keptMs);
      }
    });
  }

  /** As coarsely as is fine enough for steps of this length; oldest first, from this time on. */
  read(stepMs: number, from: number): HistoryRow[] {
    const fitting = resolutions.findLast((resolution) => resolution.stepMs <= stepMs) ?? resolutions[0];
    return this.#storage.sql
      .exec<StoredRow>(
        "SELECT at, regions FROM history WHERE step_ms = ? AND at >= ? ORDER BY at",
        fitting.stepMs,
        from,
      )
      .toArray()
      .map(rowOf);
  }

  #merge(stepMs: number, at: number, added: ByRegion<Bucket>): void {
    // The one row of this time: where the clock went back, later ones are there already.
    const [row] = this.#storage.sql
      .exec<StoredRow>("SELECT at, regions FROM history WHERE step_ms = ? AND at = ?", stepMs, at)
      .toArray()
      .map(rowOf);
    const regions = {
      ...row?.regions,
      ...mapRegions(added, (bucket, region) => withBefore(row?.regions[region], bucket)),
    };
    this.#storage.sql.exec(
      "INSERT OR REPLACE INTO history (step_ms, at, regions) VALUES (?, ?, ?)",
      stepMs,
      at,
      JSON.stringify(regions),
    );
  }
}

function rowOf({ at, regions }: StoredRow): HistoryRow {
  return { at, regions: JSON.parse(regions) };
}

function withBefore(before: Bucket | undefined, bucket: Bucket): Bucket {
  return before === undefined ? bucket : merged(before, bucket);
}

function mapRegions<From, To>(values: ByRegion<From>, of: (value: From, region: RegionId) => To): ByRegion<To> {
  const mapped: Partial<Record<RegionId, To>> = {};
  for (const region of regionIds) {
    const value = values[region];
    if (value !== undefined) mapped[region] = of(value, region);
  }
  return mapped;
}
