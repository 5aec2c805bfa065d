ALTER TABLE `contact_points` ADD `time_zone` text;--> statement-breakpoint
ALTER TABLE `offices` ADD `state` text;--> statement-breakpoint
ALTER TABLE `patients` ADD `state` text;