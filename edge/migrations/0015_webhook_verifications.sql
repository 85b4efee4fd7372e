ALTER TABLE `webhook_endpoints` ADD `verifiedAt` integer;--> statement-breakpoint
CREATE INDEX `webhook_endpoints_unverified` ON `webhook_endpoints` (`id`) WHERE verifiedAt IS NULL AND disabledAt IS NULL;--> statement-breakpoint
CREATE INDEX `webhook_verifications` ON `webhook_deliveries` (`tenantId`,`url`) WHERE eventType = 'webhook.verify';--> statement-breakpoint
CREATE INDEX `webhook_verifications_unanswered` ON `webhook_deliveries` (`tenantId`,`host`,`createdAt`) WHERE eventType = 'webhook.verify' AND state <> 'delivered' AND attempts > 0;--> statement-breakpoint
-- Who is called already goes on being called, and so do the addresses of jobs for which something waits.
UPDATE webhook_endpoints SET verifiedAt = createdAt;--> statement-breakpoint
INSERT INTO webhook_deliveries (id, tenantId, endpointId, url, host, eventId, eventType, state, attempts, createdAt, finishedAt)
SELECT 'whd_' || substr(max(id), 5, 10) || lower(hex(randomblob(8))), tenantId, '', url, host,
	'evt_' || substr(max(id), 5, 10) || lower(hex(randomblob(8))), 'webhook.verify', 'delivered', 0, max(createdAt), max(createdAt)
FROM webhook_deliveries WHERE endpointId = '' AND dueAt IS NOT NULL GROUP BY tenantId, url, host;
--> statement-breakpoint
DROP TRIGGER `webhook_deliveries_of_event`;--> statement-breakpoint
CREATE TRIGGER `webhook_deliveries_of_event` AFTER INSERT ON `events` WHEN NEW.type NOT IN ('webhook.test', 'webhook.verify') BEGIN
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
--> statement-breakpoint
-- A job's own address is asked when something is first to be sent there, and anew when it did not prove itself then.
CREATE TRIGGER `webhook_verification_of_job_url` AFTER INSERT ON `webhook_deliveries`
WHEN NEW.endpointId = '' AND NEW.eventType <> 'webhook.verify' AND NOT EXISTS (
	SELECT 1 FROM webhook_deliveries AS asked
	WHERE asked.tenantId = NEW.tenantId AND asked.url = NEW.url AND asked.eventType = 'webhook.verify'
		AND asked.endpointId = '' AND asked.state IN ('pending', 'delivered'))
BEGIN
	INSERT INTO events (id, tenantId, type, at, data)
	VALUES ('evt_' || substr(NEW.id, 5), NEW.tenantId, 'webhook.verify', NEW.createdAt, '{}');
	INSERT INTO webhook_deliveries (id, tenantId, endpointId, url, host, eventId, eventType, state, attempts, dueAt, createdAt)
	VALUES ('whd_' || substr(NEW.id, 5, 10) || lower(hex(randomblob(8))), NEW.tenantId, '', NEW.url, NEW.host,
		'evt_' || substr(NEW.id, 5), 'webhook.verify', 'pending', 0, NEW.createdAt, NEW.createdAt);
END;
