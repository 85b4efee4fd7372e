CREATE TABLE `job_parts` (
	`jobId` text NOT NULL,
	`part` text NOT NULL,
	`run` integer NOT NULL,
	`taskId` text NOT NULL,
	`runnerId` text,
	`firstSegment` integer,
	`endSegment` integer,
	`planSha256` text NOT NULL,
	`region` text NOT NULL,
	`prefix` text NOT NULL,
	`stored` text NOT NULL,
	`completedAt` integer NOT NULL,
	PRIMARY KEY(`jobId`, `part`)
);
--> statement-breakpoint
CREATE INDEX `job_parts_by_segment` ON `job_parts` (`jobId`,`firstSegment`) WHERE firstSegment IS NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `playableAt` integer;--> statement-breakpoint
ALTER TABLE `storage_sweeps` ADD `streamJobId` text;