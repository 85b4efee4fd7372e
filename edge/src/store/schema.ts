import type { AssetSource, AssetState } from "@reelway/shared/contracts/asset";
import type { ConnectionPurpose } from "@reelway/shared/contracts/connection";
import type { EventData, EventType } from "@reelway/shared/contracts/event";
import type { Destination, HardwareUse } from "@reelway/shared/contracts/job";
import type { JobError } from "@reelway/shared/contracts/job-error";
import type { JobKind, JobSpec } from "@reelway/shared/contracts/job-spec";
import type { StoredManifest, StoredPart } from "@reelway/shared/contracts/manifest";
import type { ShardName } from "@reelway/shared/ids";
import type { JobState } from "@reelway/shared/jobs/state-machine";
import type { Permission, Role } from "@reelway/shared/permissions";
import type { RegionId } from "@reelway/shared/regions";
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/**
 * D1: what users see of their things. Scheduling truth is in RegionQueue; `jobs` is its projection. Times are
 * milliseconds since the epoch. JSON columns hold documents that passed their schema in `shared/contracts`.
 */

export const tenants = sqliteTable(
  "tenants",
  {
    id: text().primaryKey(),
    name: text().notNull(),
    platform: integer({ mode: "boolean" }).notNull().default(false),
    /** Where the tenant's bytes and work may be; null for everywhere. Never left, failover included. */
    allowedRegions: text({ mode: "json" }).$type<RegionId[]>(),
    /** Sources and outputs are deleted this many days after they were made; null for never. */
    sourceRetentionDays: integer(),
    outputRetentionDays: integer(),
    /** Tasks at once in each region; null for no limit. */
    maxRunning: integer(),
    /** When that was said, later each time; null where nobody ever said anything. */
    maxRunningSetAt: integer(),
    /** Not every queue has heard it yet. */
    maxRunningUntold: integer({ mode: "boolean" }).notNull().default(false),
    /** What it may use on a day by UTC; null for no limit. */
    budgetJobs: integer(),
    budgetWorkMinutes: integer(),
    budgetBytes: integer(),
    createdAt: integer().notNull(),
  },
  (table) => [index("tenants_untold").on(table.id).where(sql`maxRunningUntold = 1`)],
);

/** People. The password is a scrypt string with its parameters; null until an invitation is accepted. */
export const users = sqliteTable(
  "users",
  {
    id: text().primaryKey(),
    tenantId: text()
      .notNull()
      .references(() => tenants.id),
    /** In lower case; one account per address in the whole installation. */
    email: text().notNull(),
    name: text().notNull(),
    role: text().$type<Role>().notNull(),
    passwordHash: text().notNull(),
    /** One more with every change of role, password or standing: sessions of an older version are over. */
    version: integer().notNull().default(1),
    createdAt: integer().notNull(),
    lastLoginAt: integer(),
    disabledAt: integer(),
  },
  (table) => [uniqueIndex("users_by_email").on(table.email), index("users_by_tenant").on(table.tenantId, table.id)],
);

export const invitations = sqliteTable(
  "invitations",
  {
    id: text().primaryKey(),
    tenantId: text().notNull(),
    email: text().notNull(),
    role: text().$type<Role>().notNull(),
    hash: text().notNull(),
    /** The user whose password it sets anew; null for one that makes an account. */
    userId: text(),
    invitedBy: text().notNull(),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
    acceptedAt: integer(),
    revokedAt: integer(),
  },
  (table) => [index("invitations_by_tenant").on(table.tenantId, table.id)],
);

/**
 * A signed-in user on one device: the row behind a refresh token, which changes with every use; or a browser that is signed
 * in by a cookie, as a user or with an API key.
 */
export const sessions = sqliteTable(
  "sessions",
  {
    id: text().primaryKey(),
    /** Empty for a browser that is signed in with an API key. */
    userId: text().notNull(),
    tenantId: text().notNull(),
    hash: text().notNull(),
    /** The token before this one: whoever shows it has stolen it, or was robbed. */
    previousHash: text(),
    userVersion: integer().notNull(),
    userAgent: text().notNull(),
    ip: text(),
    createdAt: integer().notNull(),
    /** Of a browser: when it was last used. */
    refreshedAt: integer().notNull(),
    expiresAt: integer().notNull(),
    revokedAt: integer(),
    /** Proved by a cookie. */
    browser: integer({ mode: "boolean" }).notNull().default(false),
    /** The API key that a browser is signed in with. */
    keyId: text(),
    /** The session that made the sign-in link: they end together. */
    parentId: text(),
  },
  (table) => [
    index("sessions_by_user").on(table.userId, table.id),
    index("sessions_by_expiry").on(table.expiresAt),
    index("sessions_by_parent").on(table.parentId).where(sql`parentId IS NOT NULL`),
  ],
);

/** Codes that sign a browser in once, as the key or session that made them. */
export const signInLinks = sqliteTable(
  "sign_in_links",
  {
    id: text().primaryKey(),
    tenantId: text().notNull(),
    hash: text().notNull(),
    /** Who made it: one of the two. */
    keyId: text(),
    sessionId: text(),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
    usedAt: integer(),
  },
  (table) => [index("sign_in_links_by_expiry").on(table.expiresAt)],
);

/** Sign-ins that were tried and did not succeed, by who or where (hashed): what limits guessing. */
export const loginFailures = sqliteTable(
  "login_failures",
  {
    subject: text().primaryKey(),
    count: integer().notNull(),
    /** When the first of them was. */
    since: integer().notNull(),
  },
  (table) => [index("login_failures_by_since").on(table.since)],
);

/** Keys that sign access tokens (EdDSA). The private half is encrypted; a retired key still verifies until its tokens are over. */
export const signingKeys = sqliteTable("signing_keys", {
  kid: text().primaryKey(),
  publicJwk: text().notNull(),
  encryptedPrivateJwk: text().notNull(),
  createdAt: integer().notNull(),
  retiredAt: integer(),
});

/** Who changed what, when, from where. Append-only: triggers refuse any change or removal. Written in the batch of the change. */
export const auditLog = sqliteTable(
  "audit_log",
  {
    sequence: integer().primaryKey({ autoIncrement: true }),
    tenantId: text().notNull(),
    at: integer().notNull(),
    actorKind: text({ enum: ["api_key", "user", "runner", "system", "anonymous"] }).notNull(),
    actorId: text(),
    action: text().notNull(),
    /** The id of what was changed. */
    resource: text(),
    requestId: text(),
    ip: text(),
    country: text(),
    detail: text({ mode: "json" }).$type<Record<string, unknown>>(),
  },
  (table) => [index("audit_log_by_tenant").on(table.tenantId, table.sequence)],
);

/** The hash chain over the audit log: each seal covers the rows after the one before, and was exported to R2. */
export const auditSeals = sqliteTable("audit_seals", {
  lastSequence: integer().primaryKey(),
  firstSequence: integer().notNull(),
  rows: integer().notNull(),
  hash: text().notNull(),
  objectKey: text().notNull(),
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
    /** The user whose rights it hangs on: it can never do more than they can. Null for a key that stands alone. */
    makerId: text(),
    /** Narrows the role; null for all of it. */
    scopes: text({ mode: "json" }).$type<Permission[]>(),
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
  /** Those that its runners have, and no others; null leaves them to the host. */
  labels: text({ mode: "json" }).$type<string[]>(),
  maxUses: integer().notNull(),
  uses: integer().notNull().default(0),
  createdAt: integer().notNull(),
  expiresAt: integer().notNull(),
  revokedAt: integer(),
});

/** What people decided about a region, and what the last look found there. */
export const regionStates = sqliteTable("region_states", {
  region: text().$type<RegionId>().primaryKey(),
  /** Since when nothing new goes there; null while it serves. */
  drainedAt: integer(),
  drainReason: text(),
  /** When a runner of the region was last seen to take work; null before the first. */
  servedAt: integer(),
  liveRunners: integer().notNull().default(0),
  ready: integer().notNull().default(0),
  leased: integer().notNull().default(0),
  oldestReadyAt: integer(),
  /** Since when jobs that wait there are moved elsewhere; null while all is well. */
  failedOverAt: integer(),
  /** The waiting job that was last looked at to be moved: the next look goes on behind it. Null for from the first. */
  moveCursor: text(),
  lookedAt: integer().notNull(),
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
    /** Tasks at once that people have set for it; null: as its host says. */
    slots: integer(),
    /** An operator wants it to take nothing new; null while it may. */
    drainedAt: integer(),
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
    /** Where the bytes come from when a runner fetches them; null for an upload. */
    source: text({ mode: "json" }).$type<AssetSource>(),
    /** The job that fetches them. */
    fetchJobId: text(),
    /** Why it can't be used. */
    error: text({ mode: "json" }).$type<JobError>(),
    batchId: text(),
    etag: text(),
    uploadId: text(),
    partBytes: integer(),
    createdAt: integer().notNull(),
    completedAt: integer(),
    deletedAt: integer(),
    /** When the last of its bytes was seen to be gone. */
    erasedAt: integer(),
  },
  (table) => [
    index("assets_by_tenant").on(table.tenantId, table.id),
    index("assets_uploading").on(table.createdAt).where(sql`state = 'uploading'`),
    // Retention looks through it, and usage adds it up.
    index("assets_ready").on(table.tenantId, table.completedAt, table.bytes).where(sql`state = 'ready'`),
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
    /** Where it is worked on and where its outputs lie. At first the region in its id; a failover moves it. */
    region: text().$type<RegionId>().notNull(),
    /** The RegionQueue object that owns this run: `<region>:<shard>`. */
    shard: text().$type<ShardName>().notNull(),
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
    webhookUrl: text(),
    /** The tenant's own bucket that the outputs are delivered to as well. */
    destination: text({ mode: "json" }).$type<Destination>(),
    batchId: text(),
    /** Its source is still being fetched: the queue learns of the job when that is done. */
    awaitsSource: integer({ mode: "boolean" }).notNull().default(false),
    /** The API key or user that made it. */
    createdBy: text(),
    /** W3C trace context of the request that made it. */
    traceparent: text(),
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
    /** Since when a player can start: of a stream, when its opening is there. */
    playableAt: integer(),
    finishedAt: integer(),
    updatedAt: integer().notNull(),
    /** Somebody has looked at its failure and needs to see it no more. */
    discardedAt: integer(),
    /** Retention has taken its outputs. */
    outputsErasedAt: integer(),
    /** What it made, segments included; 0 before it has succeeded. */
    outputBytes: integer().notNull().default(0),
  },
  (table) => [
    index("jobs_by_tenant").on(table.tenantId, table.id),
    index("jobs_by_state").on(table.tenantId, table.state, table.id),
    index("jobs_by_asset").on(table.assetId),
    index("jobs_by_batch").on(table.batchId).where(sql`batchId IS NOT NULL`),
    // What each shard has yet to end: two entries per job in its life, whatever happens to it in between.
    index("jobs_live").on(table.shard, table.id).where(sql`finishedAt IS NULL`),
    index("jobs_finished").on(table.finishedAt).where(sql`finishedAt IS NOT NULL`),
    // The time that is always null is there for usage, which is to find all it asks for in the index.
    index("jobs_with_outputs")
      .on(table.tenantId, table.finishedAt, table.outputBytes, table.outputsErasedAt)
      .where(sql`state = 'succeeded' AND outputsErasedAt IS NULL`),
    index("jobs_failed").on(table.id).where(sql`state = 'failed' AND discardedAt IS NULL`),
    // What is sealed begins with its key: so those of an earlier ENCRYPTION_SECRET are found, where a fetch may yet need them.
    index("jobs_sealed").on(sql`spec ->> '$.source.sealedQuery'`).where(sql`kind = 'fetch' AND state <> 'succeeded'`),
  ],
);

/** What a tenant used on a day by UTC: added up as it happens, in the batch that makes it known. */
export const usageDays = sqliteTable(
  "usage_days",
  {
    tenantId: text().notNull(),
    /** Days since the epoch. */
    day: integer().notNull(),
    /** Runs of jobs that were asked for, and bytes of sources, announced for upload or fetched. */
    jobsBegun: integer().notNull().default(0),
    sourceBytes: integer().notNull().default(0),
    jobsSucceeded: integer().notNull().default(0),
    jobsFailed: integer().notNull().default(0),
    jobsCanceled: integer().notNull().default(0),
    sourceMs: integer().notNull().default(0),
    workMs: integer().notNull().default(0),
    outputBytes: integer().notNull().default(0),
    deliveredBytes: integer().notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.day] })],
);

/** What the finished tasks of a stream left: what playlists are made of, and what a retry goes on from. */
export const jobParts = sqliteTable(
  "job_parts",
  {
    jobId: text().notNull(),
    /** What it is within its job: `encode:12`. */
    part: text().notNull(),
    run: integer().notNull(),
    taskId: text().notNull(),
    runnerId: text(),
    /** The numbers of its picture segments: the first, and one behind the last. Null for what has none. */
    firstSegment: integer(),
    endSegment: integer(),
    /** Parts of different plans don't fit together. */
    planSha256: text().notNull(),
    /** Where its files lie: below the storage root of the run that made it. */
    region: text().$type<RegionId>().notNull(),
    prefix: text().notNull(),
    stored: text({ mode: "json" }).$type<StoredPart>().notNull(),
    completedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.jobId, table.part] }),
    index("job_parts_by_segment").on(table.jobId, table.firstSegment).where(sql`firstSegment IS NOT NULL`),
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
    /** Whose queue is to learn it: that of this run, which may not be the job's current one. */
    shard: text().$type<ShardName>().notNull(),
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
    /** The deleted asset whose bytes these are; null for outputs. */
    assetId: text(),
    /** The stream whose finished parts lie there: they stay while it needs them. */
    streamJobId: text(),
    dueAt: integer().notNull(),
    passes: integer().notNull().default(0),
  },
  (table) => [index("storage_sweeps_by_due").on(table.dueAt)],
);

/** Storage roots that no record knew, and that somebody wants deleted: when it is due, unless one knows them by then. */
export const unknownRoots = sqliteTable(
  "unknown_roots",
  {
    region: text().$type<RegionId>().notNull(),
    root: text().notNull(),
    dueAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.region, table.root] }), index("unknown_roots_by_due").on(table.dueAt)],
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

/** What happened, in the order in which it became known: what webhooks tell and `GET /events` reads again from any point. */
export const events = sqliteTable(
  "events",
  {
    sequence: integer().primaryKey({ autoIncrement: true }),
    /** Made from its origin, so that a repeated projection finds it stored. */
    id: text().notNull(),
    tenantId: text().notNull(),
    type: text().$type<EventType>().notNull(),
    at: integer().notNull(),
    jobId: text(),
    data: text({ mode: "json" }).$type<EventData>().notNull(),
  },
  (table) => [
    uniqueIndex("events_by_id").on(table.id),
    index("events_by_tenant").on(table.tenantId, table.sequence),
    index("events_by_job").on(table.jobId, table.sequence).where(sql`jobId IS NOT NULL`),
  ],
);

export const webhookEndpoints = sqliteTable(
  "webhook_endpoints",
  {
    id: text().primaryKey(),
    tenantId: text().notNull(),
    url: text().notNull(),
    description: text().notNull(),
    /** Types that it is told of. */
    events: text({ mode: "json" }).$type<EventType[]>().notNull(),
    encryptedSecret: text().notNull(),
    /** Signs too until `previousSecretUntil`. */
    encryptedPreviousSecret: text(),
    previousSecretUntil: integer(),
    /** Failed attempts in a row, since when, and until when nothing is sent to it for them. */
    failures: integer().notNull().default(0),
    failingSince: integer(),
    pausedUntil: integer(),
    createdAt: integer().notNull(),
    /** Since when its address is known to want calls; null before, and again when the address changes. */
    verifiedAt: integer(),
    disabledAt: integer(),
    disabledReason: text(),
  },
  (table) => [
    index("webhook_endpoints_unverified").on(table.id).where(sql`verifiedAt IS NULL AND disabledAt IS NULL`),
    index("webhook_endpoints_by_tenant").on(table.tenantId, table.id),
    index("webhook_endpoints_sealed").on(table.encryptedSecret),
    index("webhook_endpoints_sealed_previous").on(table.encryptedPreviousSecret),
  ],
);

/** One event on its way to one receiver. `dueAt` is the truth about when it is tried next; Queue messages only hurry it. */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    id: text().primaryKey(),
    tenantId: text().notNull(),
    /** Empty for a job's own webhookUrl. */
    endpointId: text().notNull(),
    url: text().notNull(),
    /** Host and port of the URL: how many are sent to it at once is bounded. */
    host: text().notNull().default(""),
    eventId: text().notNull(),
    eventType: text().$type<EventType>().notNull(),
    state: text({ enum: ["pending", "delivered", "failed", "blocked"] }).notNull(),
    attempts: integer().notNull().default(0),
    /** Null when it has ended. While it is being sent: when it may be sent again, should its sender be lost. */
    dueAt: integer(),
    /** The same while it is being sent, else null. */
    claimedUntil: integer(),
    /** Headers of the last attempt, as sent. */
    lastHeaders: text({ mode: "json" }).$type<Record<string, string>>(),
    lastStatus: integer(),
    lastError: text(),
    lastResponse: text(),
    lastDurationMs: integer(),
    createdAt: integer().notNull(),
    finishedAt: integer(),
  },
  (table) => [
    uniqueIndex("webhook_deliveries_by_event").on(table.eventId, table.endpointId, table.url),
    index("webhook_deliveries_by_due").on(table.dueAt).where(sql`dueAt IS NOT NULL`),
    index("webhook_deliveries_by_host").on(table.tenantId, table.host, table.dueAt).where(sql`dueAt IS NOT NULL`),
    index("webhook_deliveries_claimed").on(table.tenantId, table.host).where(sql`claimedUntil IS NOT NULL`),
    index("webhook_deliveries_by_endpoint").on(table.endpointId, table.id),
    index("webhook_deliveries_by_tenant").on(table.tenantId, table.id),
    // Of jobs' own addresses a delivered one is the proof that they want calls.
    index("webhook_verifications").on(table.tenantId, table.url).where(sql`eventType = 'webhook.verify'`),
    index("webhook_verifications_unanswered")
      .on(table.tenantId, table.host, table.createdAt)
      .where(sql`eventType = 'webhook.verify' AND state <> 'delivered' AND attempts > 0`),
  ],
);

/** A tenant's own bucket (S3, MinIO, R2). Its credentials are encrypted with the tenant and the row as context. */
export const connections = sqliteTable(
  "connections",
  {
    id: text().primaryKey(),
    tenantId: text().notNull(),
    name: text().notNull(),
    endpoint: text().notNull(),
    s3Region: text().notNull(),
    bucket: text().notNull(),
    prefix: text().notNull(),
    purposes: text({ mode: "json" }).$type<ConnectionPurpose[]>().notNull(),
    accessKeyId: text().notNull(),
    encryptedSecret: text().notNull(),
    createdAt: integer().notNull(),
    revokedAt: integer(),
  },
  (table) => [
    index("connections_by_tenant").on(table.tenantId, table.id),
    index("connections_sealed").on(table.encryptedSecret),
  ],
);

/** Many sources under one request. Its state follows from its jobs. */
export const batches = sqliteTable(
  "batches",
  {
    id: text().primaryKey(),
    tenantId: text().notNull(),
    name: text().notNull(),
    total: integer().notNull(),
    metadata: text({ mode: "json" }).$type<Record<string, string>>().notNull(),
    createdAt: integer().notNull(),
    canceledAt: integer(),
  },
  (table) => [index("batches_by_tenant").on(table.tenantId, table.id)],
);
