CREATE TABLE `unsubscribe_links` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`address_key` text NOT NULL,
	`touch_id` text NOT NULL,
	`created_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `touches_due_of_channel` ON `touches` (`channel`,`due_at`) WHERE status = 'planned';