ALTER TABLE `media_buys` ADD `budget_told` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `media_buys` ADD `costed_by` text;