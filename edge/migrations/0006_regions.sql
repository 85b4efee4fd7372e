ALTER TABLE `runners` ADD `drainedAt` integer;--> statement-breakpoint
CREATE INDEX `jobs_live` ON `jobs` (`shard`,`id`) WHERE finishedAt IS NULL;--> statement-breakpoint
CREATE INDEX `jobs_finished` ON `jobs` (`finishedAt`) WHERE finishedAt IS NOT NULL;