CREATE TABLE `sign_in_links` (
	`id` text PRIMARY KEY NOT NULL,
	`tenantId` text NOT NULL,
	`hash` text NOT NULL,
	`keyId` text,
	`sessionId` text,
	`createdAt` integer NOT NULL,
	`expiresAt` integer NOT NULL,
	`usedAt` integer
);
--> statement-breakpoint
CREATE INDEX `sign_in_links_by_expiry` ON `sign_in_links` (`expiresAt`);--> statement-breakpoint
ALTER TABLE `sessions` ADD `browser` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `keyId` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `parentId` text;--> statement-breakpoint
CREATE INDEX `sessions_by_parent` ON `sessions` (`parentId`) WHERE parentId IS NOT NULL;