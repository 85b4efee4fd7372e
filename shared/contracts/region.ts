import { z } from "zod";
import { RegionId } from "../regions.ts";
import { plainText } from "./text.ts";
import { Timestamp } from "./time.ts";

/** One place that an asset can be kept in, as `GET /api/v1/regions` lists it. */
export const RegionSummary = z
  .object({ id: RegionId, name: z.string(), jurisdiction: z.string().nullish() })
  .meta({ id: "RegionSummary" });
export type RegionSummary = z.infer<typeof RegionSummary>;

/** serving: takes what comes. failing_over: its waiting jobs are moved elsewhere, new ones begin there. drained: an operator has taken it out of use. */
export const RegionState = z.enum(["serving", "failing_over", "drained"]);
export type RegionState = z.infer<typeof RegionState>;

/** How work in a region has gone in the last hour. */
export const RegionThroughput = z
  .object({
    succeeded: z.int(),
    failed: z.int(),
    canceled: z.int(),
    failureRate: z
      .number()
      .nullable()
      .meta({ description: "Failed jobs among those that succeeded or failed, 0 to 1; null where none did" }),
  })
  .meta({ id: "RegionThroughput" });
export type RegionThroughput = z.infer<typeof RegionThroughput>;

/** What those who may see the fleet are told of a region. */
export const RegionOperation = z
  .object({
    drainedAt: Timestamp.nullable(),
    drainReason: z.string().nullable(),
    failedOverAt: Timestamp.nullable().meta({ description: "Since when its waiting jobs are moved elsewhere" }),
    liveRunners: z.int().nullable().meta({ description: "Null while its queue is away" }),
    lastHour: RegionThroughput,
  })
  .meta({ id: "RegionOperation" });
export type RegionOperation = z.infer<typeof RegionOperation>;

/** A region with what waits and runs there; null for those who may not see the fleet, and while its queue is away. */
export const RegionReport = RegionSummary.extend({
  state: RegionState,
  operation: RegionOperation.nullable().meta({ description: "Null for those who may not see the fleet" }),
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

/** `POST /api/v1/regions/{id}/drain`. */
export const RegionDrainRequest = z
  .strictObject({
    reason: plainText(200)
      .pipe(z.string().min(1))
      .meta({ description: "Why, for those who wonder", example: "Maintenance of the Frankfurt hosts" }),
  })
  .meta({ id: "RegionDrainRequest" });
export type RegionDrainRequest = z.input<typeof RegionDrainRequest>;
