import { z } from "zod";
import { TenantId } from "../ids.ts";
import { limits } from "../limits.ts";
import { PageQuery } from "./page.ts";
import { Timestamp } from "./time.ts";

/** A day by UTC. */
export const Day = z.iso.date().meta({ description: "A day by UTC", example: "2026-11-22" });

/** What was done in some time, as it was counted when it happened: what is deleted later takes nothing back. */
export const UsageFigures = z
  .object({
    jobsSucceeded: z.int().meta({ description: "Runs of jobs that ended so; a retry is one more" }),
    jobsFailed: z.int(),
    jobsCanceled: z.int(),
    sourceSeconds: z.number().meta({ description: "Length of the sources of what succeeded" }),
    workSeconds: z.number().meta({
      description: "Time that runners converted for it, all tasks together; attempts that came to nothing don't count",
    }),
    outputBytes: z.int().meta({ description: "What was made, segments included" }),
    deliveredBytes: z.int().meta({
      description:
        "Of results, to players and downloads through the API: counted whole when an answer begins. Presigned URLs lead past it",
    }),
  })
  .meta({ id: "UsageFigures" });
export type UsageFigures = z.infer<typeof UsageFigures>;

export const UsageDay = UsageFigures.extend({ day: Day }).meta({ id: "UsageDay" });
export type UsageDay = z.infer<typeof UsageDay>;

/** What lies in the buckets now. */
export const StoredUsage = z
  .object({
    sources: z.int(),
    sourceBytes: z.int(),
    results: z.int().meta({ description: "Jobs whose outputs are there" }),
    outputBytes: z.int(),
  })
  .meta({ id: "StoredUsage" });
export type StoredUsage = z.infer<typeof StoredUsage>;

const spent = (used: z.ZodType<number>) => z.object({ used, limit: z.number().nullable() });

/** How much of its budget a tenant has used today. */
export const BudgetUse = z
  .object({
    day: Day.meta({ description: "Today" }),
    beginsAnewAt: Timestamp,
    jobs: spent(z.int()).meta({ description: "Runs that were asked for" }),
    workMinutes: spent(z.number()).meta({ description: "Of what ended in success today; what runs is yet to come" }),
    bytes: spent(z.int()).meta({ description: "Sources that were announced or fetched, and outputs" }),
  })
  .meta({ id: "BudgetUse" });
export type BudgetUse = z.infer<typeof BudgetUse>;

const Span = { from: Day, to: Day.meta({ description: "The last day, itself included" }) };

/** One tenant's usage. */
export const Usage = z
  .object({
    tenantId: TenantId,
    ...Span,
    days: z.array(UsageDay).meta({ description: "Days on which something was counted, oldest first" }),
    total: UsageFigures,
    stored: StoredUsage,
    budget: BudgetUse,
  })
  .meta({ id: "Usage" });
export type Usage = z.infer<typeof Usage>;

/** One of all tenants, as those who run the installation compare them. */
export const TenantUsage = z
  .object({ tenantId: TenantId, name: z.string(), total: UsageFigures, stored: StoredUsage })
  .meta({ id: "TenantUsage" });
export type TenantUsage = z.infer<typeof TenantUsage>;

const SpanQuery = {
  from: Day.optional().meta({ description: `Default: ${limits.usageDays - 1} days before \`to\`` }),
  to: Day.optional().meta({ description: `Default: today. At most ${limits.usageDaysMax} days in all` }),
};

export const UsageQuery = z.object({
  ...SpanQuery,
  tenantId: TenantId.optional().meta({ description: "Another tenant's; only platform admins may" }),
});
export type UsageQuery = z.input<typeof UsageQuery>;

export const TenantsUsageQuery = PageQuery.extend(SpanQuery);
export type TenantsUsageQuery = z.input<typeof TenantsUsageQuery>;
