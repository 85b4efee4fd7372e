CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`tenantId` text NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`prefix` text NOT NULL,
	`hash` text NOT NULL,
	`createdAt` integer NOT NULL,
	`expiresAt` integer,
	`lastUsedAt` integer,
	`revokedAt` integer,
	FOREIGN KEY (`tenantId`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `api_keys_by_tenant` ON `api_keys` (`tenantId`,`id`);--> statement-breakpoint
CREATE TABLE `asset_parts` (
	`assetId` text NOT NULL,
	`partNumber` integer NOT NULL,
	`etag` text NOT NULL,
	PRIMARY KEY(`assetId`, `partNumber`)
);
--> statement-breakpoint
CREATE TABLE `assets` (
	`id` text PRIMARY KEY NOT NULL,
	`tenantId` text NOT NULL,
	`region` text NOT NULL,
	`name` text NOT NULL,
	`contentType` text NOT NULL,
	`bytes` integer NOT NULL,
	`md5` text,
	`storageKey` text NOT NULL,
	`state` text NOT NULL,
	`etag` text,
	`uploadId` text,
	`partBytes` integer,
	`createdAt` integer NOT NULL,
	`completedAt` integer
);
--> statement-breakpoint
CREATE INDEX `assets_by_tenant` ON `assets` (`tenantId`,`id`);--> statement-breakpoint
CREATE INDEX `assets_uploading` ON `assets` (`createdAt`) WHERE state = 'uploading';--> statement-breakpoint
CREATE TABLE `dead_messages` (
	`id` text PRIMARY KEY NOT NULL,
	`queue` text NOT NULL,
	`body` text NOT NULL,
	`attempts` integer NOT NULL,
	`createdAt` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`tenantId` text NOT NULL,
	`route` text NOT NULL,
	`key` text NOT NULL,
	`bodyHash` text NOT NULL,
	`resourceId` text NOT NULL,
	`createdAt` integer NOT NULL,
	PRIMARY KEY(`tenantId`, `route`, `key`)
);
--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`tenantId` text NOT NULL,
	`assetId` text NOT NULL,
	`region` text NOT NULL,
	`kind` text NOT NULL,
	`preset` text,
	`spec` text NOT NULL,
	`state` text NOT NULL,
	`priority` integer NOT NULL,
	`startAt` integer,
	`hardware` text NOT NULL,
	`runnerLabels` text NOT NULL,
	`tags` text NOT NULL,
	`metadata` text NOT NULL,
	`storageRoot` text NOT NULL,
	`run` integer DEFAULT 1 NOT NULL,
	`attempt` integer DEFAULT 0 NOT NULL,
	`error` text,
	`manifest` text,
	`createdAt` integer NOT NULL,
	`startedAt` integer,
	`finishedAt` integer,
	`updatedAt` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `jobs_by_tenant` ON `jobs` (`tenantId`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_state` ON `jobs` (`tenantId`,`state`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_asset` ON `jobs` (`assetId`);--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`jobId` text NOT NULL,
	`run` integer NOT NULL,
	`action` text NOT NULL,
	`createdAt` integer NOT NULL,
	`sentAt` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `outbox_by_effect` ON `outbox` (`jobId`,`run`,`action`);--> statement-breakpoint
CREATE INDEX `outbox_by_sent` ON `outbox` (`sentAt`);--> statement-breakpoint
CREATE TABLE `registration_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`region` text,
	`maxUses` integer NOT NULL,
	`uses` integer DEFAULT 0 NOT NULL,
	`createdAt` integer NOT NULL,
	`expiresAt` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `runners` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`region` text NOT NULL,
	`labels` text NOT NULL,
	`hash` text NOT NULL,
	`version` text NOT NULL,
	`createdAt` integer NOT NULL,
	`revokedAt` integer
);
--> statement-breakpoint
CREATE INDEX `runners_by_region` ON `runners` (`region`,`id`);--> statement-breakpoint
CREATE TABLE `shard_cursors` (
	`shard` text PRIMARY KEY NOT NULL,
	`lastSequence` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `tenants` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`platform` integer DEFAULT false NOT NULL,
	`createdAt` integer NOT NULL
);
