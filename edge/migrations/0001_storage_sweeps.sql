CREATE TABLE `storage_sweeps` (
	`prefix` text PRIMARY KEY NOT NULL,
	`region` text NOT NULL,
	`keepPrefix` text,
	`uploadId` text,
	`dueAt` integer NOT NULL,
	`passes` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX `storage_sweeps_by_due` ON `storage_sweeps` (`dueAt`);--> statement-breakpoint
ALTER TABLE `asset_parts` ADD `md5` text;