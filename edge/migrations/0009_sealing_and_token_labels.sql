ALTER TABLE `registration_tokens` ADD `labels` text;--> statement-breakpoint
CREATE INDEX `connections_sealed` ON `connections` (`encryptedSecret`);--> statement-breakpoint
CREATE INDEX `jobs_sealed` ON `jobs` (spec ->> '$.source.sealedQuery') WHERE kind = 'fetch' AND state <> 'succeeded';--> statement-breakpoint
CREATE INDEX `webhook_endpoints_sealed` ON `webhook_endpoints` (`encryptedSecret`);--> statement-breakpoint
CREATE INDEX `webhook_endpoints_sealed_previous` ON `webhook_endpoints` (`encryptedPreviousSecret`);