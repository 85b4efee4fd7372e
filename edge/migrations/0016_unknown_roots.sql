CREATE TABLE `unknown_roots` (
	`region` text NOT NULL,
	`root` text NOT NULL,
	`dueAt` integer NOT NULL,
	PRIMARY KEY(`region`, `root`)
);
--> statement-breakpoint
CREATE INDEX `unknown_roots_by_due` ON `unknown_roots` (`dueAt`);