CREATE TABLE `login_failures` (
	`subject` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL,
	`since` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `login_failures_by_since` ON `login_failures` (`since`);--> statement-breakpoint
ALTER TABLE `api_keys` ADD `makerId` text;--> statement-breakpoint
ALTER TABLE `invitations` ADD `userId` text;--> statement-breakpoint
CREATE INDEX `sessions_by_expiry` ON `sessions` (`expiresAt`);