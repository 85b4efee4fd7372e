CREATE TABLE `audit_log` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenantId` text NOT NULL,
	`at` integer NOT NULL,
	`actorKind` text NOT NULL,
	`actorId` text,
	`action` text NOT NULL,
	`resource` text,
	`requestId` text,
	`ip` text,
	`country` text,
	`detail` text
);
--> statement-breakpoint
CREATE INDEX `audit_log_by_tenant` ON `audit_log` (`tenantId`,`sequence`);--> statement-breakpoint
CREATE TABLE `audit_seals` (
	`lastSequence` integer PRIMARY KEY NOT NULL,
	`firstSequence` integer NOT NULL,
	`rows` integer NOT NULL,
	`hash` text NOT NULL,
	`objectKey` text NOT NULL,
	`createdAt` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `batches` (
	`id` text PRIMARY KEY NOT NULL,
	`tenantId` text NOT NULL,
	`name` text NOT NULL,
	`total` integer NOT NULL,
	`metadata` text NOT NULL,
	`createdAt` integer NOT NULL,
	`canceledAt` integer
);
--> statement-breakpoint
CREATE INDEX `batches_by_tenant` ON `batches` (`tenantId`,`id`);--> statement-breakpoint
CREATE TABLE `connections` (
	`id` text PRIMARY KEY NOT NULL,
	`tenantId` text NOT NULL,
	`name` text NOT NULL,
	`endpoint` text NOT NULL,
	`s3Region` text NOT NULL,
	`bucket` text NOT NULL,
	`prefix` text NOT NULL,
	`purposes` text NOT NULL,
	`accessKeyId` text NOT NULL,
	`encryptedSecret` text NOT NULL,
	`createdAt` integer NOT NULL,
	`revokedAt` integer
);
--> statement-breakpoint
CREATE INDEX `connections_by_tenant` ON `connections` (`tenantId`,`id`);--> statement-breakpoint
CREATE TABLE `events` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`tenantId` text NOT NULL,
	`type` text NOT NULL,
	`at` integer NOT NULL,
	`jobId` text,
	`data` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_by_id` ON `events` (`id`);--> statement-breakpoint
CREATE INDEX `events_by_tenant` ON `events` (`tenantId`,`sequence`);--> statement-breakpoint
CREATE INDEX `events_by_job` ON `events` (`jobId`,`sequence`) WHERE jobId IS NOT NULL;--> statement-breakpoint
CREATE TABLE `invitations` (
	`id` text PRIMARY KEY NOT NULL,
	`tenantId` text NOT NULL,
	`email` text NOT NULL,
	`role` text NOT NULL,
	`hash` text NOT NULL,
	`invitedBy` text NOT NULL,
	`createdAt` integer NOT NULL,
	`expiresAt` integer NOT NULL,
	`acceptedAt` integer,
	`revokedAt` integer
);
--> statement-breakpoint
CREATE INDEX `invitations_by_tenant` ON `invitations` (`tenantId`,`id`);--> statement-breakpoint
CREATE TABLE `region_states` (
	`region` text PRIMARY KEY NOT NULL,
	`drainedAt` integer,
	`drainReason` text,
	`servedAt` integer,
	`liveRunners` integer DEFAULT 0 NOT NULL,
	`ready` integer DEFAULT 0 NOT NULL,
	`leased` integer DEFAULT 0 NOT NULL,
	`oldestReadyAt` integer,
	`failedOverAt` integer,
	`lookedAt` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`userId` text NOT NULL,
	`tenantId` text NOT NULL,
	`hash` text NOT NULL,
	`previousHash` text,
	`userVersion` integer NOT NULL,
	`userAgent` text NOT NULL,
	`ip` text,
	`createdAt` integer NOT NULL,
	`refreshedAt` integer NOT NULL,
	`expiresAt` integer NOT NULL,
	`revokedAt` integer
);
--> statement-breakpoint
CREATE INDEX `sessions_by_user` ON `sessions` (`userId`,`id`);--> statement-breakpoint
CREATE TABLE `signing_keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`publicJwk` text NOT NULL,
	`encryptedPrivateJwk` text NOT NULL,
	`createdAt` integer NOT NULL,
	`retiredAt` integer
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`tenantId` text NOT NULL,
	`email` text NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`passwordHash` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`createdAt` integer NOT NULL,
	`lastLoginAt` integer,
	`disabledAt` integer,
	FOREIGN KEY (`tenantId`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_by_email` ON `users` (`email`);--> statement-breakpoint
CREATE INDEX `users_by_tenant` ON `users` (`tenantId`,`id`);--> statement-breakpoint
CREATE TABLE `webhook_deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`tenantId` text NOT NULL,
	`endpointId` text NOT NULL,
	`url` text NOT NULL,
	`eventId` text NOT NULL,
	`eventType` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`dueAt` integer,
	`lastStatus` integer,
	`lastError` text,
	`lastResponse` text,
	`lastDurationMs` integer,
	`createdAt` integer NOT NULL,
	`finishedAt` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `webhook_deliveries_by_event` ON `webhook_deliveries` (`eventId`,`endpointId`,`url`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_by_due` ON `webhook_deliveries` (`dueAt`) WHERE dueAt IS NOT NULL;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_by_tenant` ON `webhook_deliveries` (`tenantId`,`id`);--> statement-breakpoint
CREATE TABLE `webhook_endpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`tenantId` text NOT NULL,
	`url` text NOT NULL,
	`description` text NOT NULL,
	`events` text NOT NULL,
	`encryptedSecret` text NOT NULL,
	`encryptedPreviousSecret` text,
	`previousSecretUntil` integer,
	`failures` integer DEFAULT 0 NOT NULL,
	`pausedUntil` integer,
	`createdAt` integer NOT NULL,
	`disabledAt` integer,
	`disabledReason` text
);
--> statement-breakpoint
CREATE INDEX `webhook_endpoints_by_tenant` ON `webhook_endpoints` (`tenantId`,`id`);--> statement-breakpoint
ALTER TABLE `api_keys` ADD `scopes` text;--> statement-breakpoint
ALTER TABLE `assets` ADD `source` text;--> statement-breakpoint
ALTER TABLE `assets` ADD `fetchJobId` text;--> statement-breakpoint
ALTER TABLE `assets` ADD `error` text;--> statement-breakpoint
ALTER TABLE `assets` ADD `batchId` text;--> statement-breakpoint
ALTER TABLE `assets` ADD `deletedAt` integer;--> statement-breakpoint
ALTER TABLE `assets` ADD `erasedAt` integer;--> statement-breakpoint
ALTER TABLE `jobs` ADD `shard` text DEFAULT '' NOT NULL;--> statement-breakpoint
UPDATE `jobs` SET `shard` = `region` || ':0';--> statement-breakpoint
ALTER TABLE `jobs` ADD `webhookUrl` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `destination` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `batchId` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `awaitsSource` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `createdBy` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `traceparent` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `discardedAt` integer;--> statement-breakpoint
ALTER TABLE `jobs` ADD `outputsErasedAt` integer;--> statement-breakpoint
CREATE INDEX `jobs_by_batch` ON `jobs` (`batchId`) WHERE batchId IS NOT NULL;--> statement-breakpoint
CREATE INDEX `jobs_failed` ON `jobs` (`id`) WHERE state = 'failed' AND discardedAt IS NULL;--> statement-breakpoint
ALTER TABLE `outbox` ADD `shard` text DEFAULT '' NOT NULL;--> statement-breakpoint
UPDATE `outbox` SET `shard` = (SELECT `shard` FROM `jobs` WHERE `jobs`.`id` = `outbox`.`jobId`);--> statement-breakpoint
ALTER TABLE `registration_tokens` ADD `revokedAt` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `allowedRegions` text;--> statement-breakpoint
ALTER TABLE `tenants` ADD `sourceRetentionDays` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `outputRetentionDays` integer;--> statement-breakpoint
CREATE TRIGGER `audit_log_keeps_rows` BEFORE DELETE ON `audit_log` BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;--> statement-breakpoint
CREATE TRIGGER `audit_log_keeps_values` BEFORE UPDATE ON `audit_log` BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
