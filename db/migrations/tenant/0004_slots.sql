ALTER TABLE `jobs` ADD `schedule_id` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `schedule_id` text;--> statement-breakpoint
CREATE INDEX `runs_open` ON `runs` (`started_at`) WHERE status = 'started';--> statement-breakpoint
CREATE INDEX `runs_schedule` ON `runs` (`schedule_id`,`started_at`) WHERE schedule_id is not null;--> statement-breakpoint
ALTER TABLE `schedules` ADD `waiting_slot_at` integer;