CREATE TABLE `usage_days` (
	`tenantId` text NOT NULL,
	`day` integer NOT NULL,
	`jobsSucceeded` integer DEFAULT 0 NOT NULL,
	`jobsFailed` integer DEFAULT 0 NOT NULL,
	`jobsCanceled` integer DEFAULT 0 NOT NULL,
	`sourceMs` integer DEFAULT 0 NOT NULL,
	`workMs` integer DEFAULT 0 NOT NULL,
	`outputBytes` integer DEFAULT 0 NOT NULL,
	`deliveredBytes` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`tenantId`, `day`)
);
--> statement-breakpoint
DROP INDEX `assets_ready`;--> statement-breakpoint
CREATE INDEX `assets_ready` ON `assets` (`tenantId`,`completedAt`,`bytes`) WHERE state = 'ready';--> statement-breakpoint
DROP INDEX `jobs_with_outputs`;--> statement-breakpoint
ALTER TABLE `jobs` ADD `outputBytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `jobs_with_outputs` ON `jobs` (`tenantId`,`finishedAt`,`outputBytes`,`outputsErasedAt`) WHERE state = 'succeeded' AND outputsErasedAt IS NULL;--> statement-breakpoint
-- What was made before anybody counted it: of streams the files of all parts.
UPDATE jobs SET outputBytes =
  coalesce((SELECT sum(value ->> '$.bytes') FROM json_each(jobs.manifest, '$.outputs')
    WHERE value ->> '$.prefix' IS NULL AND value ->> '$.role' <> 'source'), 0)
  + coalesce((SELECT sum(made.value ->> '$.bytes') FROM job_parts, json_each(job_parts.stored, '$.outputs') AS made
    WHERE job_parts.jobId = jobs.id), 0)
  + coalesce((SELECT sum(made.value ->> '$[1]') FROM job_parts, json_each(job_parts.stored, '$.segments') AS made
    WHERE job_parts.jobId = jobs.id), 0)
WHERE state = 'succeeded' AND manifest IS NOT NULL;
--> statement-breakpoint
INSERT INTO usage_days (tenantId, day, jobsSucceeded, jobsFailed, jobsCanceled, sourceMs, workMs, outputBytes)
SELECT tenantId, finishedAt / 86400000, sum(state = 'succeeded'), sum(state = 'failed'), sum(state = 'canceled'),
  sum(CAST(coalesce(round((manifest ->> '$.source.durationSeconds') * 1000), 0) AS INTEGER)),
  sum(coalesce(manifest ->> '$.execution.processMs', 0)
    + coalesce((SELECT sum(stored ->> '$.execution.processMs') FROM job_parts
      WHERE job_parts.jobId = jobs.id AND jobs.state = 'succeeded'), 0)),
  sum(outputBytes)
-- A job whose source never came did not run.
FROM jobs WHERE finishedAt IS NOT NULL AND NOT (state = 'failed' AND coalesce(error ->> '$.code', '') = 'asset_failed')
GROUP BY tenantId, finishedAt / 86400000;
