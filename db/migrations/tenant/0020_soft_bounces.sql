DROP INDEX `touches_unreached`;--> statement-breakpoint
CREATE INDEX `touches_unreached` ON `touches` (`updated_at`) WHERE step_id IS NOT NULL AND stand_in_at IS NULL
  AND (status IN ('failed', 'undelivered', 'skipped', 'expired') AND reason IN ('no_phone', 'invalid_phone', 'landline',
  'unreachable', 'handset_off', 'bounced_for_now', 'blocked', 'no_mail_address', 'invalid_address', 'provider_down', 'no_address',
  'address_incomplete', 'address_not_found', 'address_not_deliverable', 'address_vacant', 'unit_missing', 'letter_returned')
  OR channel = 'print' AND status = 'cancelled' AND reason = 'mailing_cancelled');