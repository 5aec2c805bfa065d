CREATE TABLE `erased_keys` (
	`key` text PRIMARY KEY NOT NULL,
	`erasure_id` text NOT NULL,
	`at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `erased_keys_erasure` ON `erased_keys` (`erasure_id`);