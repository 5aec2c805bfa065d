ALTER TABLE `inbound_messages` ADD `address_key` text;--> statement-breakpoint
CREATE INDEX `inbound_messages_address` ON `inbound_messages` (`address_key`,`received_at`) WHERE address_key is not null;--> statement-breakpoint
CREATE INDEX `responses_patient` ON `responses` (`patient_id`) WHERE patient_id is not null;