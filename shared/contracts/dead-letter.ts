import { z } from "zod";
import { errorCodes } from "../errors/catalogue.ts";
import { AssetId, JobId, TenantId } from "../ids.ts";
import { limits } from "../limits.ts";
import { RegionId } from "../regions.ts";
import { JobError } from "./job-error.ts";
import { JobKind } from "./job-spec.ts";
import { PageQuery } from "./page.ts";
import { Timestamp } from "./time.ts";

/** A failed job, as people look at it who want to know why: never where its bytes lie. */
export const DeadLetter = z
  .object({
    id: JobId,
    tenantId: TenantId,
    assetId: AssetId,
    sourceName: z
      .string()
      .nullable()
      .meta({ description: "The source file's name; null when it is not known any more" }),
    region: RegionId,
    kind: JobKind,
    preset: z.string().nullable().meta({ description: "name@version" }),
    run: z.int(),
    attempt: z.int().meta({ description: "Attempts of this run" }),
    error: JobError.omit({ logTail: true, program: true }).nullable(),
    tags: z.array(z.string()),
    createdAt: Timestamp,
    finishedAt: Timestamp.nullable(),
    discardedAt: Timestamp.nullable(),
  })
  .meta({ id: "DeadLetter" });
export type DeadLetter = z.infer<typeof DeadLetter>;

/** How one attempt of a failed job went. */
export const Attempt = z
  .object({
    attempt: z.int().meta({ description: "Counts from 1" }),
    runnerId: z.string(),
    startedAt: Timestamp,
    endedAt: Timestamp,
    outcome: z.enum(["completed", "failed", "lost", "canceled", "outrun"]),
    error: JobError.nullable(),
  })
  .meta({ id: "Attempt" });
export type Attempt = z.infer<typeof Attempt>;

export const DeadLetterDetail = DeadLetter.extend({
  error: JobError.nullable(),
  attempts: z
    .array(Attempt)
    .nullable()
    .meta({ description: "Oldest first; null when their queue has forgotten them (after a week) or does not answer" }),
}).meta({ id: "DeadLetterDetail" });
export type DeadLetterDetail = z.infer<typeof DeadLetterDetail>;

const filters = {
  code: z.enum(errorCodes).optional(),
  preset: z.string().max(60).optional().meta({ description: "name@version, or a name for all of its versions" }),
  region: RegionId.optional(),
  tenantId: TenantId.optional().meta({
    description: "One tenant's; without it, platform admins and operators see all tenants'",
  }),
};

/** `GET /api/v1/dead-letters`. */
export const DeadLettersQuery = PageQuery.extend({
  ...filters,
  since: z.coerce.number().int().min(0).optional().meta({ description: "Failed at this time or later" }),
  discarded: z.enum(["true", "false"]).default("false").meta({ description: "Those that were discarded instead" }),
});
export type DeadLettersQuery = z.input<typeof DeadLettersQuery>;

/** Which dead letters to replay or discard: by id, or the newest that pass a filter. One of the two. */
export const DeadLetterSelection = z
  .strictObject({
    ids: z.array(JobId).min(1).max(limits.deadLettersPerRequest).optional(),
    filter: z.strictObject({ ...filters, since: Timestamp.optional() }).optional(),
    limit: z.int().min(1).max(limits.deadLettersPerRequest).default(100).meta({ description: "With a filter" }),
  })
  .superRefine((selection, context) => {
    if ((selection.ids === undefined) === (selection.filter === undefined))
      context.addIssue({ code: "custom", path: ["ids"], message: "give ids or filter, one of them", input: selection });
  })
  .meta({ id: "DeadLetterSelection" });
export type DeadLetterSelection = z.input<typeof DeadLetterSelection>;

/** What became of each: some may be refused while others are done. */
export const DeadLetterOutcomes = z
  .object({
    done: z.int(),
    refused: z.int(),
    items: z.array(
      z.object({
        id: JobId,
        outcome: z.enum(["replayed", "discarded", "refused"]),
        code: z.enum(errorCodes).nullable().meta({ description: "Why it was refused" }),
      }),
    ),
  })
  .meta({ id: "DeadLetterOutcomes" });
export type DeadLetterOutcomes = z.infer<typeof DeadLetterOutcomes>;
