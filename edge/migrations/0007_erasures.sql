ALTER TABLE `storage_sweeps` ADD `assetId` text;--> statement-breakpoint
CREATE INDEX `assets_ready` ON `assets` (`tenantId`,`completedAt`) WHERE state = 'ready';--> statement-breakpoint
CREATE INDEX `jobs_with_outputs` ON `jobs` (`tenantId`,`finishedAt`) WHERE state = 'succeeded' AND outputsErasedAt IS NULL;