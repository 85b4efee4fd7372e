import { z } from "zod";
import { errorCodes } from "../errors/catalogue.ts";
import { RunnerId, TenantId } from "../ids.ts";
import { RegionId } from "../regions.ts";
import { Timestamp } from "./time.ts";

/** `runner:<id>`, `tenant:<id>`, `preset:<name@version, or the kind of own specs>:<tenant id>`. */
export const BreakerKey = z
  .string()
  .max(160)
  .regex(
    /^(runner:run_[a-z0-9_]+|tenant:ten_[a-z0-9]+|preset:[a-z0-9._-]+(@[0-9]+)?:ten_[a-z0-9]+)$/,
    "not a breaker's key",
  )
  .meta({ description: "Who is paused", example: "preset:mp4-h264@1:ten_01k9zq3v7m5n8r2t4w6x8y0abc" });

/** Somebody whose work keeps failing, and who is paused for it in one shard of a region's queue. */
export const Breaker = z
  .object({
    key: BreakerKey,
    party: z.enum(["runner", "preset", "tenant"]),
    region: RegionId,
    shard: z.int(),
    state: z
      .enum(["open", "half_open"])
      .meta({ description: "open: nothing is leased until `retryAt`; half_open: one task at a time, as a trial" }),
    runnerId: RunnerId.nullable(),
    tenantId: TenantId.nullable(),
    preset: z.string().nullable().meta({ description: "name@version, or the kind of a tenant's own specs" }),
    failedJobs: z.array(z.string()).meta({ description: "The jobs of this run of failures, the latest last" }),
    openings: z.int().meta({ description: "Pauses in a row; each is twice as long as the one before" }),
    openedAt: Timestamp.meta({ description: "When the first of these pauses began" }),
    retryAt: Timestamp,
    lastFailureAt: Timestamp,
    lastCode: z.enum(errorCodes),
  })
  .meta({ id: "Breaker" });
export type Breaker = z.infer<typeof Breaker>;

/** `GET /api/v1/breakers`: all that are open or half open. */
export const Breakers = z
  .object({
    items: z.array(Breaker),
    unreachable: z.array(z.string()).meta({ description: "Shards that did not answer; theirs are missing" }),
  })
  .meta({ id: "Breakers" });
export type Breakers = z.infer<typeof Breakers>;

export const BreakerReset = z
  .object({
    key: BreakerKey,
    shards: z.array(z.string()).meta({ description: "Where it was paused" }),
    unreachable: z.array(z.string()).meta({ description: "Shards that did not answer; it may be paused there still" }),
  })
  .meta({ id: "BreakerReset" });
export type BreakerReset = z.infer<typeof BreakerReset>;
