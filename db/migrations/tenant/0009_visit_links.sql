CREATE TABLE `visit_links` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`touch_id` text NOT NULL,
	`appointment_id` text NOT NULL,
	`starts_at` integer NOT NULL,
	`locale` text NOT NULL,
	`expires_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `visit_links_expired` ON `visit_links` (`expires_at`);--> statement-breakpoint
CREATE TABLE `visit_requests` (
	`id` text PRIMARY KEY NOT NULL,
	`appointment_id` text NOT NULL,
	`starts_at` integer NOT NULL,
	`wish` text NOT NULL,
	`sealed` text,
	`words_key` text NOT NULL,
	`at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `visit_requests_once` ON `visit_requests` (`appointment_id`,`starts_at`,`words_key`);--> statement-breakpoint
CREATE INDEX `visit_requests_starts` ON `visit_requests` (`starts_at`,`appointment_id`);--> statement-breakpoint
ALTER TABLE `appointments` ADD `confirmed_at` integer;--> statement-breakpoint
ALTER TABLE `appointments` ADD `confirmed_for_at` integer;