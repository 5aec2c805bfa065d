ALTER TABLE `touches` ADD `counts_as` text;--> statement-breakpoint
CREATE INDEX `touches_waiting` ON `touches` (`patient_id`,`due_at`) WHERE status = 'planned';