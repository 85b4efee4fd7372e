ALTER TABLE `tenants` ADD `maxRunning` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `maxRunningSetAt` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `maxRunningUntold` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `tenants` ADD `budgetJobs` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `budgetWorkMinutes` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `budgetBytes` integer;--> statement-breakpoint
CREATE INDEX `tenants_untold` ON `tenants` (`id`) WHERE maxRunningUntold = 1;--> statement-breakpoint
ALTER TABLE `usage_days` ADD `jobsBegun` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `usage_days` ADD `sourceBytes` integer DEFAULT 0 NOT NULL;