ALTER TABLE `attempts` ADD `price_micros` integer;--> statement-breakpoint
ALTER TABLE `attempts` ADD `price_currency` text;--> statement-breakpoint
ALTER TABLE `attempts` ADD `price_check_at` integer;--> statement-breakpoint
CREATE INDEX `attempts_to_price` ON `attempts` (`price_check_at`) WHERE price_check_at is not null;--> statement-breakpoint
ALTER TABLE `touches` ADD `budget_month` text;--> statement-breakpoint
CREATE INDEX `touches_budget` ON `touches` (`nudge_id`,`budget_month`,`status`,`estimate_micros`,`cost_micros`) WHERE nudge_id is not null and budget_month is not null;--> statement-breakpoint
ALTER TABLE `nudges` ADD `budget_raise` text;--> statement-breakpoint
ALTER TABLE `nudges` ADD `budget_told` text;