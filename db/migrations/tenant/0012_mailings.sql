CREATE TABLE `deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`file_id` text NOT NULL,
	`target` text NOT NULL,
	`status` text DEFAULT 'waiting' NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`error_code` text,
	`remote_bytes` integer,
	`remote_sha256` text,
	`arrived_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `deliveries_once` ON `deliveries` (`file_id`,`target`);--> statement-breakpoint
CREATE INDEX `deliveries_open` ON `deliveries` (`updated_at`) WHERE status in ('waiting', 'renaming');--> statement-breakpoint
CREATE TABLE `export_files` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`subject_id` text NOT NULL,
	`name` text NOT NULL,
	`row_count` integer NOT NULL,
	`byte_count` integer NOT NULL,
	`sha256` text NOT NULL,
	`part_count` integer NOT NULL,
	`created_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `export_files_subject` ON `export_files` (`kind`,`subject_id`);--> statement-breakpoint
CREATE INDEX `export_files_created` ON `export_files` (`created_at`);--> statement-breakpoint
CREATE TABLE `export_parts` (
	`id` text PRIMARY KEY NOT NULL,
	`file_id` text NOT NULL,
	`part` integer NOT NULL,
	`sealed` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `export_parts_order` ON `export_parts` (`file_id`,`part`);--> statement-breakpoint
ALTER TABLE `addresses` ADD `returned_input_key` text;--> statement-breakpoint
ALTER TABLE `media_buy_recipients` ADD `reference` text;--> statement-breakpoint
CREATE UNIQUE INDEX `media_buy_recipients_reference_unique` ON `media_buy_recipients` (`reference`);--> statement-breakpoint
CREATE INDEX `media_buys_committed` ON `media_buys` (`updated_at`) WHERE status = 'committed';