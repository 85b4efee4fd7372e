ALTER TABLE `webhook_deliveries` ADD `host` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `webhook_deliveries` ADD `claimedUntil` integer;--> statement-breakpoint
ALTER TABLE `webhook_deliveries` ADD `lastHeaders` text;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_by_host` ON `webhook_deliveries` (`tenantId`,`host`,`dueAt`) WHERE dueAt IS NOT NULL;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_claimed` ON `webhook_deliveries` (`tenantId`,`host`) WHERE claimedUntil IS NOT NULL;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_by_endpoint` ON `webhook_deliveries` (`endpointId`,`id`);--> statement-breakpoint
ALTER TABLE `webhook_endpoints` ADD `failingSince` integer;--> statement-breakpoint
CREATE TRIGGER `webhook_deliveries_of_event` AFTER INSERT ON `events` WHEN NEW.type <> 'webhook.test' BEGIN
	INSERT OR IGNORE INTO webhook_deliveries (id, tenantId, endpointId, url, host, eventId, eventType, state, attempts, dueAt, createdAt)
	SELECT 'whd_' || substr(NEW.id, 5, 10) || lower(hex(randomblob(8))), NEW.tenantId, receiver.endpointId, receiver.url,
		lower(substr(receiver.rest, 1, instr(replace(replace(receiver.rest, '?', '/'), '#', '/') || '/', '/') - 1)),
		NEW.id, NEW.type, 'pending', 0, NEW.at, NEW.at
	FROM (
		SELECT id AS endpointId, url, substr(url, instr(url, '://') + 3) AS rest FROM webhook_endpoints
		WHERE tenantId = NEW.tenantId AND disabledAt IS NULL
			AND EXISTS (SELECT 1 FROM json_each(webhook_endpoints.events) WHERE value = NEW.type)
		UNION ALL
		SELECT '', webhookUrl, substr(webhookUrl, instr(webhookUrl, '://') + 3) FROM jobs
		WHERE id = NEW.jobId AND tenantId = NEW.tenantId AND webhookUrl IS NOT NULL
	) AS receiver;
END;
