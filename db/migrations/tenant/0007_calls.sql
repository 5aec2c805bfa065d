CREATE TABLE `calls` (
	`id` text PRIMARY KEY NOT NULL,
	`appointment_id` text NOT NULL,
	`patient_id` text NOT NULL,
	`outcome` text NOT NULL,
	`again_at` integer,
	`by` text NOT NULL,
	`at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `calls_appointment` ON `calls` (`appointment_id`,`at`);--> statement-breakpoint
ALTER TABLE `nudges` ADD `starts_at` integer;