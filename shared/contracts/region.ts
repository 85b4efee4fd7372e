import { z } from "zod";
import { RegionId } from "../regions.ts";
import { Timestamp } from "./time.ts";

/** One place that an asset can be kept in, as `GET /api/v1/regions` lists it. */
export const RegionSummary = z
  .object({ id: RegionId, name: z.string(), jurisdiction: z.string().nullish() })
  .meta({ id: "RegionSummary" });
export type RegionSummary = z.infer<typeof RegionSummary>;

/** A region with what waits and runs there; null for those who may not see the fleet, and while its queue is away. */
export const RegionReport = RegionSummary.extend({
  queue: z
    .object({
      ready: z.int(),
      delayed: z.int(),
      leased: z.int(),
      dead: z.int(),
      oldestReadyAt: Timestamp.nullable(),
      unacknowledgedEvents: z.int().meta({ description: "Not yet shown by the API" }),
    })
    .nullable(),
}).meta({ id: "RegionReport" });
export type RegionReport = z.infer<typeof RegionReport>;
