ALTER TABLE `touches` ADD `stands_in_for` text;--> statement-breakpoint
ALTER TABLE `touches` ADD `stand_in_at` integer;--> statement-breakpoint
CREATE INDEX `touches_unreached` ON `touches` (`updated_at`) WHERE step_id IS NOT NULL AND stand_in_at IS NULL
  AND status IN ('failed', 'undelivered', 'skipped', 'expired') AND reason IN ('no_phone', 'invalid_phone', 'landline',
  'unreachable', 'handset_off', 'blocked', 'no_mail_address', 'invalid_address', 'provider_down');