CREATE TABLE `import_chunks` (
	`import_id` text NOT NULL,
	`sequence` integer NOT NULL,
	`body_key` text NOT NULL,
	`reply` text NOT NULL,
	PRIMARY KEY(`import_id`, `sequence`)
) STRICT;
--> statement-breakpoint
ALTER TABLE `appointments` ADD `removed_reason` text;--> statement-breakpoint
CREATE INDEX `appointments_odd` ON `appointments` (`starts_at`) WHERE time_flag <> 'ok' or status = 'unknown';--> statement-breakpoint
CREATE INDEX `imports_open` ON `imports` (`source`,`snapshot_at`) WHERE status in ('staged', 'held');--> statement-breakpoint
CREATE INDEX `contact_points_bad` ON `contact_points` (`updated_at`) WHERE state <> 'ok' and is_current = 1;