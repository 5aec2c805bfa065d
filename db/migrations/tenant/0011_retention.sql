CREATE INDEX `attempts_started` ON `attempts` (`started_at`);--> statement-breakpoint
CREATE INDEX `media_buy_recipients_address` ON `media_buy_recipients` (`media_buy_id`) WHERE address_sealed is not null;--> statement-breakpoint
CREATE INDEX `inbound_messages_full` ON `inbound_messages` (`received_at`) WHERE sealed <> '';--> statement-breakpoint
CREATE INDEX `change_log_at` ON `change_log` (`at`);--> statement-breakpoint
CREATE INDEX `patients_removed` ON `patients` (`removed_at`) WHERE removed_at is not null;--> statement-breakpoint
CREATE INDEX `delivery_events_received` ON `delivery_events` (`received_at`);