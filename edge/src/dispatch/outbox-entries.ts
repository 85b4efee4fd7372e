import type { TenantShare } from "@reelway/shared/scheduling/records";
import { eq, inArray } from "drizzle-orm";
import type { Env } from "../env.ts";
import { inputReferences, inputsOf } from "../jobs/job-inputs.ts";
import { databaseOf } from "../store/database.ts";
import { listed } from "../store/insert-rows.ts";
import type { InputAsset, JobRow, OutboxRow } from "../store/rows.ts";
import { assets, jobs, outbox, tenants } from "../store/schema.ts";
import { shareColumns, shareOf } from "../store/tenant-shares.ts";

/** What an outbox row asks for, with all that it takes to do it. */
export interface OutboxEntry {
  readonly row: OutboxRow;
  readonly job: JobRow;
  readonly inputs: readonly InputAsset[];
  readonly share: TenantShare | undefined;
}

/** The outbox rows with these ids that are still there. A missing one has had its effect. */
export async function readOutboxEntries(env: Env, outboxIds: readonly number[]): Promise<OutboxEntry[]> {
  if (outboxIds.length === 0) return [];
  const database = databaseOf(env);
  const found = await database
    .select({ row: outbox, job: jobs, share: shareColumns })
    .from(outbox)
    .innerJoin(jobs, eq(jobs.id, outbox.jobId))
    .leftJoin(tenants, eq(tenants.id, jobs.tenantId))
    .where(inArray(outbox.id, listed(outboxIds)));
  const wanted = new Set(found.flatMap(({ job }) => inputReferences(job).map(({ assetId }) => assetId)));
  const rows = await database
    .select()
    .from(assets)
    .where(inArray(assets.id, listed([...wanted])));
  const assetById = new Map(rows.map((asset) => [asset.id, asset]));
  return found.map(({ row, job, share }) => ({ row, job, inputs: inputsOf(job, assetById), share: shareOf(share) }));
}
