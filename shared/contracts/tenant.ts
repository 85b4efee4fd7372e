import { z } from "zod";
import { TenantId } from "../ids.ts";
import { RegionId } from "../regions.ts";
import { plainText } from "./text.ts";
import { Timestamp } from "./time.ts";

const TenantName = plainText(100).pipe(z.string().min(1));
/** Far beyond any fleet: a slip of the hand, not a limit. */
const MAX_RUNNING = 100_000;
const RetentionDays = z.int().min(1).max(36_500).nullable();

/** What a tenant may use on a day by UTC. */
export const Budget = z
  .object({
    jobsPerDay: z.int().nullable().meta({
      description:
        "Runs of jobs that are asked for; a retry is one more, and a fetch of a source one. null for no limit",
    }),
    workMinutesPerDay: z.int().nullable().meta({
      description: "Minutes that runners convert, as `workSeconds` of usage counts them. null for no limit",
    }),
    bytesPerDay: z.int().nullable().meta({
      description: "Sources that are announced or fetched, and outputs that are made. null for no limit",
    }),
  })
  .meta({ id: "Budget" });
export type Budget = z.infer<typeof Budget>;

const DayLimit = z.int().min(0).nullable().optional();
const BudgetUpdate = z
  .strictObject({ jobsPerDay: DayLimit, workMinutesPerDay: DayLimit, bytesPerDay: DayLimit })
  .refine(namesSomething, "must change something")
  .meta({ id: "BudgetUpdate", description: "What is named is changed; null takes a limit away, 0 stops" });

export const TenantRequest = z.strictObject({ name: TenantName }).meta({ id: "TenantRequest" });
export type TenantRequest = z.input<typeof TenantRequest>;

/** `PATCH /api/v1/tenants/{id}`: what is named is changed. */
export const TenantUpdate = z
  .strictObject({
    name: TenantName.optional(),
    allowedRegions: z
      .array(RegionId)
      .min(1)
      .transform((regions) => [...new Set(regions)])
      .nullable()
      .optional()
      .meta({ description: "Where the tenant's bytes and work may be; null for everywhere" }),
    sourceRetentionDays: RetentionDays.optional().meta({ description: "null for ever" }),
    outputRetentionDays: RetentionDays.optional().meta({ description: "null for ever" }),
    maxRunning: z.int().min(1).max(MAX_RUNNING).nullable().optional().meta({
      description: "Tasks that run at once in each region; null for no limit. At least QUEUE_SHARDS. What runs goes on",
    }),
    budget: BudgetUpdate.optional(),
  })
  .refine(namesSomething, "must change something")
  .meta({ id: "TenantUpdate" });
export type TenantUpdate = z.input<typeof TenantUpdate>;

export const Tenant = z
  .object({
    id: TenantId,
    name: z.string(),
    platform: z
      .boolean()
      .meta({ description: "The tenant that runs this installation: its admins manage tenants and the fleet" }),
    allowedRegions: z
      .array(RegionId)
      .nullable()
      .meta({ description: "Where the tenant's bytes and work may be; null for everywhere" }),
    sourceRetentionDays: z
      .int()
      .nullable()
      .meta({ description: "Sources are deleted so many days after they came; null for never" }),
    outputRetentionDays: z
      .int()
      .nullable()
      .meta({ description: "Outputs are deleted so many days after their job ended; null for never" }),
    maxRunning: z.int().nullable().meta({
      description: "Tasks that run at once in each region, all its jobs together; null for no limit",
    }),
    budget: Budget,
    createdAt: Timestamp,
  })
  .meta({ id: "Tenant" });
export type Tenant = z.infer<typeof Tenant>;

function namesSomething(update: object): boolean {
  return Object.values(update).some((value) => value !== undefined);
}
