import type { ConnectionPurpose } from "@reelway/shared/contracts/connection";
import type { TenantShare } from "@reelway/shared/scheduling/records";
import { and, eq, isNull, or, type SQL, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { noteEvents } from "../events/written.ts";
import { dayOf } from "../usage/days.ts";
import { type BudgetRow, countClaim, selectBudget, withinBudget } from "./budgets.ts";
import { type Database, databaseOf } from "./database.ts";
import type { NewEvent } from "./events.ts";
import { claimKey, holdsKey, type IdempotencyRow, keyHolder } from "./idempotency.ts";
import { inSlices, insertRows, listed } from "./insert-rows.ts";
import { isReusable, type ReusedRow, type ReuseReference, selectReused } from "./reused-streams.ts";
import type { AssetRow, BatchRow, JobRow } from "./rows.ts";
import { assets, auditLog, batches, connections, events, jobs, outbox } from "./schema.ts";
import { selectRow } from "./select-row.ts";
import { selectShare, shareOf } from "./tenant-shares.ts";

/** What new work relies on that is there already. Each list without repeats. */
export interface WorkReferences {
  /** Ready, or still being fetched. */
  readonly sourceAssetIds: readonly string[];
  /** Watermarks and subtitles: ready. */
  readonly sideAssetIds: readonly string[];
  readonly sourceConnectionIds: readonly string[];
  readonly destinationConnectionIds: readonly string[];
  /** A stream that it takes renditions of. */
  readonly reuse: ReuseReference | null;
}

/** What is stored together or not at all. Jobs that wait for a fetch of the same work say so by `awaitsSource`. */
export interface NewWork {
  readonly tenantId: string;
  readonly batch?: BatchRow | undefined;
  readonly assets: readonly AssetRow[];
  readonly jobs: readonly JobRow[];
  readonly events: readonly NewEvent[];
  readonly audit: readonly AuditEntry[];
  readonly references: WorkReferences;
  /** When it is asked for: its jobs count on that day. */
  readonly now: number;
}

export interface StoredWork {
  readonly stored: boolean;
  /** The outbox rows of the jobs that needn't wait for their sources. */
  readonly queued: readonly { readonly outboxId: number; readonly jobId: string }[];
  /** What there is of the assets, connections and the stream that it refers to: where nothing was stored, it says why. */
  readonly assets: readonly AssetRow[];
  readonly connectionIds: readonly string[];
  readonly reused: ReusedRow | undefined;
  /** What the tenant may have at once; nothing where nobody ever said. */
  readonly share: TenantShare | undefined;
  /** What the tenant's budget said to it. */
  readonly budget: BudgetRow | undefined;
  /** Who holds the idempotency key. */
  readonly holder: IdempotencyRow | undefined;
}

/**
 * Stores new work with its outbox rows, events and audit rows, in one transaction: not unless all that it refers to may
 * be used and the tenant's budget has room for all its jobs, and not when another request holds the idempotency key.
 */
export async function insertWork(env: Env, work: NewWork, claim: IdempotencyRow | undefined): Promise<StoredWork> {
  const database = databaseOf(env);
  const [on, claims] = [{ tenantId: work.tenantId, day: dayOf(work.now) }, { jobs: work.jobs.length }];
  const usable = sql`(${allUsable(work)} AND ${withinBudget(on, claims)})`;
  const condition = claim ? holdsKey(claim) : usable;
  const { references } = work;
  const assetIds = [...references.sourceAssetIds, ...references.sideAssetIds];
  const foundAssets = database
    .select()
    .from(assets)
    .where(and(eq(assets.tenantId, work.tenantId), sql`${assets.id} IN ${listed(assetIds)}`));
  const foundConnections = database
    .select({ id: connections.id })
    .from(connections)
    .where(
      or(
        usableConnections(work.tenantId, references.sourceConnectionIds, "source"),
        usableConnections(work.tenantId, references.destinationConnectionIds, "destination"),
      ),
    );
  const foundReused = selectReused(database, work.tenantId, references.reuse);
  const share = selectShare(database, work.tenantId);
  const budget = selectBudget(database, on, claims);
  const enqueue = enqueueNew(database, work.jobs, condition);
  noteEvents();
  const reads = [foundAssets, foundConnections, foundReused, share, budget, enqueue] as const;
  const writes = [
    ...(work.batch ? [insertRows(database, batches, [work.batch], condition)] : []),
    ...inSlices(work.assets).map((rows) => insertRows(database, assets, rows, condition)),
    ...inSlices(work.jobs).map((rows) => insertRows(database, jobs, rows, condition, { awaitsSource })),
    // A trigger looks for the job's webhookUrl: its event goes behind it.
    ...inSlices(work.events).map((rows) => insertRows(database, events, rows, condition).onConflictDoNothing()),
    ...inSlices(work.audit).map((rows) => insertRows(database, auditLog, rows, condition)),
    countClaim(database, on, claims, condition),
  ];
  if (!claim) {
    const isUsable = database.select({ usable: sql<number>`${usable}` }).from(sql`(SELECT 1)`);
    const [[answer], ...found] = await database.batch([isUsable, ...reads, ...writes]);
    return { ...answerOf(found), stored: answer?.usable === 1, holder: undefined };
  }
  const claiming = [claimKey(database, claim, usable), keyHolder(database, claim)] as const;
  const [, [holder], ...found] = await database.batch([...claiming, ...reads, ...writes]);
  return { ...answerOf(found), stored: holder?.resourceId === claim.resourceId, holder };
}

/** What there is of all that the work relies on, by the rows of the batch. */
function answerOf([rows, known, [reused], [told], [budget], queued]: readonly [
  AssetRow[],
  { id: string }[],
  ReusedRow[],
  Parameters<typeof shareOf>[0][],
  BudgetRow[],
  { outboxId: number; jobId: string }[],
  ...unknown[],
]) {
  return { queued, assets: rows, connectionIds: known.map(({ id }) => id), reused, share: shareOf(told), budget };
}

/** Whether the job's source is being fetched, as of this very transaction; in it `value` is the job's document. */
const awaitsSource = sql`EXISTS (SELECT 1 FROM ${assets} WHERE ${assets.id} = value ->> '$.assetId'
  AND ${assets.state} = 'fetching' AND value ->> '$.kind' <> 'fetch')`;

/** The outbox rows of those jobs whose source is there, or who fetch it. */
function enqueueNew(database: Database, rows: readonly JobRow[], condition: SQL) {
  const documents = rows
    .filter((job) => !job.awaitsSource)
    .map(({ id, assetId, kind, run, shard, createdAt }) => ({ id, assetId, kind, run, shard, createdAt }));
  return database
    .insert(outbox)
    .select(
      selectRow(
        outbox,
        {
          jobId: sql`value ->> '$.id'`,
          run: sql`value ->> '$.run'`,
          action: sql`'enqueue'`,
          shard: sql`value ->> '$.shard'`,
          createdAt: sql`value ->> '$.createdAt'`,
          sentAt: sql`value ->> '$.createdAt'`,
        },
        sql`FROM json_each(${JSON.stringify(documents)}) WHERE ${condition} AND NOT ${awaitsSource}`,
      ),
    )
    .onConflictDoNothing()
    .returning({ outboxId: outbox.id, jobId: outbox.jobId });
}

/** True when every asset, connection and stream that the work refers to is the tenant's, and may be used for it. */
function allUsable(work: NewWork): SQL {
  const { tenantId, references } = work;
  const { sourceAssetIds, sideAssetIds, sourceConnectionIds, destinationConnectionIds, reuse } = references;
  const assetsIn = (ids: readonly string[], states: readonly string[]) =>
    sql`(SELECT count(*) FROM ${assets} WHERE ${assets.tenantId} = ${tenantId} AND ${assets.id} IN ${listed(ids)}
      AND ${assets.state} IN ${listed(states)}) = ${ids.length}`;
  const connectionsFor = (ids: readonly string[], purpose: ConnectionPurpose) =>
    sql`(SELECT count(*) FROM ${connections} WHERE ${usableConnections(tenantId, ids, purpose)}) = ${ids.length}`;
  const conditions = [
    ...(sourceAssetIds.length > 0 ? [assetsIn(sourceAssetIds, ["ready", "fetching"])] : []),
    ...(sideAssetIds.length > 0 ? [assetsIn(sideAssetIds, ["ready"])] : []),
    ...(sourceConnectionIds.length > 0 ? [connectionsFor(sourceConnectionIds, "source")] : []),
    ...(destinationConnectionIds.length > 0 ? [connectionsFor(destinationConnectionIds, "destination")] : []),
    ...(reuse === null ? [] : [isReusable(tenantId, reuse)]),
  ];
  return conditions.length === 0 ? sql`true` : sql`(${sql.join(conditions, sql` AND `)})`;
}

function usableConnections(tenantId: string, ids: readonly string[], purpose: ConnectionPurpose) {
  const serves = sql`EXISTS (SELECT 1 FROM json_each(${connections.purposes}) WHERE value = ${purpose})`;
  return and(
    eq(connections.tenantId, tenantId),
    sql`${connections.id} IN ${listed(ids)}`,
    isNull(connections.revokedAt),
    serves,
  );
}
