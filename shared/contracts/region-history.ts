import { z } from "zod";
import { RegionId } from "../regions.ts";
import { Timestamp } from "./time.ts";

/** How far back a history goes. */
export const HistoryWindow = z.enum(["1h", "24h", "7d", "30d"]);
export type HistoryWindow = z.infer<typeof HistoryWindow>;

const minuteMs = 60_000;

/** How finely each window is told: 60 to 180 points. */
export const historyWindows: Readonly<Record<HistoryWindow, { readonly lengthMs: number; readonly stepMs: number }>> = {
  "1h": { lengthMs: 60 * minuteMs, stepMs: minuteMs },
  "24h": { lengthMs: 1_440 * minuteMs, stepMs: 10 * minuteMs },
  "7d": { lengthMs: 7 * 1_440 * minuteMs, stepMs: 60 * minuteMs },
  "30d": { lengthMs: 30 * 1_440 * minuteMs, stepMs: 240 * minuteMs },
};

/** `GET /api/v1/regions/history`. */
export const RegionHistoryQuery = z.object({
  region: RegionId.optional().meta({ description: "Of this one; all of them together without it" }),
  window: HistoryWindow.default("24h"),
});
export type RegionHistoryQuery = z.input<typeof RegionHistoryQuery>;

const rare = "Null where nobody looked: the control plane was away, or the region's queue did not answer";

/** One stretch of time: what was there when somebody looked (the most of it, of runners the least), and what was done. */
export const HistoryPoint = z
  .object({
    at: Timestamp.meta({ description: "When the stretch begins" }),
    waiting: z
      .int()
      .nullable()
      .meta({ description: `Tasks that waited for a runner. ${rare}` }),
    oldestWaitingMs: z.int().nullable().meta({ description: "How long the oldest of them had waited" }),
    running: z.int().nullable().meta({ description: "Tasks that runners worked on" }),
    liveRunners: z.int().nullable().meta({ description: "Runners that took work" }),
    waits: z
      .object({
        jobs: z.int().meta({ description: "Jobs that were first given to a runner" }),
        p50Ms: z.int().meta({ description: "About half of them had waited no longer" }),
        p95Ms: z.int().meta({ description: "About 95 of 100 had waited no longer" }),
      })
      .nullable()
      .meta({ description: "From a job's creation to its first runner; null where no job got one" }),
    tasksDone: z
      .int()
      .nullable()
      .meta({ description: `Tasks that were completed. ${rare}` }),
    mediaSeconds: z.number().nullable().meta({ description: "Length of the sources of jobs that succeeded" }),
    succeeded: z.int().nullable().meta({ description: "Jobs" }),
    failed: z.int().nullable().meta({ description: "Jobs" }),
    attemptsFailed: z.int().nullable().meta({ description: "Attempts that ended badly, retried or not" }),
  })
  .meta({ id: "HistoryPoint" });
export type HistoryPoint = z.infer<typeof HistoryPoint>;

export const RegionHistory = z
  .object({
    region: RegionId.nullable().meta({ description: "Null for all of them together" }),
    window: HistoryWindow,
    stepMs: z.int().meta({ description: "Length of each stretch" }),
    points: z.array(HistoryPoint).meta({ description: "Oldest first, without gaps; the last one is still going on" }),
  })
  .meta({ id: "RegionHistory" });
export type RegionHistory = z.infer<typeof RegionHistory>;
