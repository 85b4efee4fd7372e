import type { AssetState } from "@reelway/shared/contracts/asset";
import type { HardwareUse } from "@reelway/shared/contracts/job";
import type { JobError } from "@reelway/shared/contracts/job-error";
import type { JobKind, JobSpec } from "@reelway/shared/contracts/job-spec";
import type { StoredManifest } from "@reelway/shared/contracts/manifest";
import type { JobState } from "@reelway/shared/jobs/state-machine";
import type { Role } from "@reelway/shared/permissions";
import type { RegionId } from "@reelway/shared/regions";
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/**
 * D1: what users see of their things. Scheduling truth is in RegionQueue; `jobs` is its projection. Times are
 * milliseconds since the epoch. JSON columns hold documents that passed their schema in `shared/contracts`.
 */

export const tenants = sqliteTable("tenants", {
  id: text().primaryKey(),
  name: text().notNull(),
  platform: integer({ mode: "boolean" }).notNull().default(false),
  createdAt: integer().notNull(),
});

/** Secrets are never stored: `hash` is HMAC-SHA256(pepper, secret) in hex. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: text().primaryKey(),
    tenantId: text()
      .notNull()
      .references(() => tenants.id),
    name: text().notNull(),
    role: text().$type<Role>().notNull(),
    prefix: text().notNull(),
    hash: text().notNull(),
    createdAt: integer().notNull(),
    expiresAt: integer(),
    lastUsedAt: integer(),
    revokedAt: integer(),
  },
  (table) => [index("api_keys_by_tenant").on(table.tenantId, table.id)],
);

export const registrationTokens = sqliteTable("registration_tokens", {
  id: text().primaryKey(),
  hash: text().notNull(),
  region: text().$type<RegionId>(),
  maxUses: integer().notNull(),
  uses: integer().notNull().default(0),
  createdAt: integer().notNull(),
  expiresAt: integer().notNull(),
});

/** Who a runner is; what it can do and what it works on is in RegionQueue. */
export const runners = sqliteTable(
  "runners",
  {
    id: text().primaryKey(),
    name: text().notNull(),
    region: text().$type<RegionId>().notNull(),
    labels: text({ mode: "json" }).$type<string[]>().notNull(),
    hash: text().notNull(),
    version: text().notNull(),
    createdAt: integer().notNull(),
    revokedAt: integer(),
  },
  (table) => [index("runners_by_region").on(table.region, table.id)],
);

export const assets = sqliteTable(
  "assets",
  {
    id: text().primaryKey(),
    tenantId: text().notNull(),
    region: text().$type<RegionId>().notNull(),
    name: text().notNull(),
    contentType: text().notNull(),
    bytes: integer().notNull(),
    md5: text(),
    /** Holds 128 random bits and is shown in no answer. */
    storageKey: text().notNull(),
    state: text().$type<AssetState>().notNull(),
    etag: text(),
    uploadId: text(),
    partBytes: integer(),
    createdAt: integer().notNull(),
    completedAt: integer(),
  },
  (table) => [
    index("assets_by_tenant").on(table.tenantId, table.id),
    index("assets_uploading").on(table.createdAt).where(sql`state = 'uploading'`),
  ],
);

/** The parts of a multipart upload that a client has reported: the server's truth for a resume. */
export const assetParts = sqliteTable(
  "asset_parts",
  {
    assetId: text().notNull(),
    partNumber: integer().notNull(),
    etag: text().notNull(),
    /** As the client told it; null where it told none. */
    md5: text(),
  },
  (table) => [primaryKey({ columns: [table.assetId, table.partNumber] })],
);

export const jobs = sqliteTable(
  "jobs",
  {
    id: text().primaryKey(),
    tenantId: text().notNull(),
    assetId: text().notNull(),
    region: text().$type<RegionId>().notNull(),
    kind: text().$type<JobKind>().notNull(),
    preset: text(),
    spec: text({ mode: "json" }).$type<JobSpec>().notNull(),
    state: text().$type<JobState>().notNull(),
    priority: integer().notNull(),
    startAt: integer(),
    hardware: text().$type<HardwareUse>().notNull(),
    runnerLabels: text({ mode: "json" }).$type<string[]>().notNull(),
    tags: text({ mode: "json" }).$type<string[]>().notNull(),
    metadata: text({ mode: "json" }).$type<Record<string, string>>().notNull(),
    /** Outputs of this run go below it: `t/<tenant>/<128 random bits>`. */
    storageRoot: text().notNull(),
    run: integer().notNull().default(1),
    attempt: integer().notNull().default(0),
    error: text({ mode: "json" }).$type<JobError>(),
    /** The queue's `result`: lease completion writes the manifest with its prefix. */
    manifest: text({ mode: "json" }).$type<StoredManifest>(),
    /** Since when the job's channel is told its events: somebody watches, or an attempt came back; null while none would hear. */
    channelSince: integer(),
    createdAt: integer().notNull(),
    startedAt: integer(),
    finishedAt: integer(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    index("jobs_by_tenant").on(table.tenantId, table.id),
    index("jobs_by_state").on(table.tenantId, table.state, table.id),
    index("jobs_by_asset").on(table.assetId),
  ],
);

/** An Idempotency-Key holds for the life of what it created. */
export const idempotencyKeys = sqliteTable(
  "idempotency_keys",
  {
    tenantId: text().notNull(),
    route: text().notNull(),
    key: text().notNull(),
    bodyHash: text().notNull(),
    resourceId: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.route, table.key] })],
);

/** What RegionQueue must still learn. A row goes when the object has confirmed the effect, not when a message was sent. */
export const outbox = sqliteTable(
  "outbox",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    jobId: text().notNull(),
    run: integer().notNull(),
    action: text({ enum: ["enqueue", "cancel"] }).notNull(),
    createdAt: integer().notNull(),
    sentAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex("outbox_by_effect").on(table.jobId, table.run, table.action),
    index("outbox_by_sent").on(table.sentAt),
  ],
);

/**
 * Storage that nothing points to, or soon won't: deleted once no grant can write there any more, and once more later.
 * Written in the batch that ends the job or the asset, so that no crash in between leaves bytes behind for ever.
 */
export const storageSweeps = sqliteTable(
  "storage_sweeps",
  {
    /** A whole key, or what the keys begin with. It holds 128 random bits, so no two rows mean the same. */
    prefix: text().primaryKey(),
    region: text().$type<RegionId>().notNull(),
    /** What lies below it stays: the outputs that were accepted. */
    keepPrefix: text(),
    /** Of the asset's own multipart upload. */
    uploadId: text(),
    dueAt: integer().notNull(),
    passes: integer().notNull().default(0),
  },
  (table) => [index("storage_sweeps_by_due").on(table.dueAt)],
);

/** How far the projection of each RegionQueue shard has come. */
export const shardCursors = sqliteTable("shard_cursors", {
  shard: text().primaryKey(),
  lastSequence: integer().notNull(),
});

/** Queue messages that could not be handled: kept for people, and named by a stable id. */
export const deadMessages = sqliteTable("dead_messages", {
  id: text().primaryKey(),
  queue: text().notNull(),
  body: text().notNull(),
  attempts: integer().notNull(),
  createdAt: integer().notNull(),
});
