CREATE TABLE `addresses` (
	`patient_id` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`input_key` text NOT NULL,
	`standard_sealed` text,
	`standard_input_key` text,
	`standard_source` text,
	`standard_at` integer,
	`dpv` text,
	`is_vacant` integer,
	`household_key` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `addresses_to_standardise` ON `addresses` (`updated_at`) WHERE standard_input_key is not input_key;--> statement-breakpoint
CREATE INDEX `addresses_household` ON `addresses` (`household_key`);--> statement-breakpoint
CREATE TABLE `external_refs` (
	`system` text NOT NULL,
	`entity` text NOT NULL,
	`value` text NOT NULL,
	`entity_id` text NOT NULL,
	PRIMARY KEY(`system`, `entity`, `value`)
) STRICT;
--> statement-breakpoint
CREATE INDEX `external_refs_entity` ON `external_refs` (`entity_id`);--> statement-breakpoint
CREATE TABLE `imports` (
	`id` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`job_id` text,
	`status` text NOT NULL,
	`scope` text NOT NULL,
	`is_complete` integer DEFAULT 0 NOT NULL,
	`snapshot_at` integer NOT NULL,
	`next_sequence` integer DEFAULT 0 NOT NULL,
	`digest` text DEFAULT '' NOT NULL,
	`counts` text DEFAULT '{}' NOT NULL,
	`error_code` text,
	`started_at` integer NOT NULL,
	`finished_at` integer,
	`decided_by` text
) STRICT;
--> statement-breakpoint
CREATE INDEX `imports_source` ON `imports` (`source`,`started_at`);--> statement-breakpoint
CREATE INDEX `imports_started` ON `imports` (`started_at`);--> statement-breakpoint
CREATE TABLE `products` (
	`id` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`sku` text,
	`name` text NOT NULL,
	`category` text,
	`list_price_micros` integer,
	`content_key` text NOT NULL,
	`last_run_id` text NOT NULL,
	`removed_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `purchases` (
	`id` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`patient_id` text NOT NULL,
	`office_id` text NOT NULL,
	`product_id` text,
	`category` text,
	`appointment_id` text,
	`link_method` text NOT NULL,
	`quantity` integer NOT NULL,
	`amount_micros` integer NOT NULL,
	`currency` text NOT NULL,
	`purchased_at` integer NOT NULL,
	`status` text NOT NULL,
	`warranty_end_on` text,
	`content_key` text NOT NULL,
	`last_run_id` text NOT NULL,
	`removed_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `purchases_patient` ON `purchases` (`patient_id`,`purchased_at`);--> statement-breakpoint
CREATE INDEX `purchases_appointment` ON `purchases` (`appointment_id`);--> statement-breakpoint
CREATE INDEX `purchases_at` ON `purchases` (`purchased_at`);--> statement-breakpoint
CREATE TABLE `staged_rows` (
	`import_id` text NOT NULL,
	`entity` text NOT NULL,
	`source_id` text NOT NULL,
	`content_key` text NOT NULL,
	`row` text,
	`reject_reason` text,
	PRIMARY KEY(`import_id`, `entity`, `source_id`)
) STRICT;
--> statement-breakpoint
CREATE TABLE `consents` (
	`id` text PRIMARY KEY NOT NULL,
	`address_key` text NOT NULL,
	`channel` text NOT NULL,
	`purpose` text NOT NULL,
	`wording` text NOT NULL,
	`source` text NOT NULL,
	`evidence` text,
	`at` integer NOT NULL,
	`ended_at` integer,
	`ended_by` text
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `consents_live` ON `consents` (`address_key`,`channel`,`purpose`) WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX `consents_at` ON `consents` (`at`);--> statement-breakpoint
CREATE TABLE `media_buy_recipients` (
	`media_buy_id` text NOT NULL,
	`patient_id` text NOT NULL,
	`touch_id` text,
	`role` text NOT NULL,
	`suppress_reason` text,
	`address_sealed` text,
	`imb` text,
	`status` text DEFAULT 'planned' NOT NULL,
	`cost_micros` integer DEFAULT 0 NOT NULL,
	`first_response_at` integer,
	`revenue_micros` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`media_buy_id`, `patient_id`)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `media_buy_recipients_touch_id_unique` ON `media_buy_recipients` (`touch_id`);--> statement-breakpoint
CREATE INDEX `media_buy_recipients_patient` ON `media_buy_recipients` (`patient_id`);--> statement-breakpoint
CREATE TABLE `media_buys` (
	`id` text PRIMARY KEY NOT NULL,
	`nudge_id` text NOT NULL,
	`step_id` text NOT NULL,
	`slot_starts_at` integer NOT NULL,
	`name` text NOT NULL,
	`vendor` text NOT NULL,
	`vendor_job_ref` text,
	`channel` text NOT NULL,
	`status` text DEFAULT 'draft' NOT NULL,
	`currency` text NOT NULL,
	`fixed_micros` integer DEFAULT 0 NOT NULL,
	`unit_micros` integer DEFAULT 0 NOT NULL,
	`postage_micros` integer DEFAULT 0 NOT NULL,
	`invoiced_micros` integer,
	`budget_micros` integer,
	`mail_on` text,
	`in_home_from_on` text,
	`in_home_to_on` text,
	`piece_spec` text DEFAULT '{}' NOT NULL,
	`offer_code` text,
	`tracking_phone` text,
	`attribution_days` integer DEFAULT 60 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `media_buys_slot` ON `media_buys` (`step_id`,`slot_starts_at`);--> statement-breakpoint
CREATE INDEX `media_buys_created` ON `media_buys` (`created_at`);--> statement-breakpoint
CREATE TABLE `nudges` (
	`id` text PRIMARY KEY NOT NULL,
	`code` text NOT NULL,
	`name` text NOT NULL,
	`category` text NOT NULL,
	`audience_kind` text NOT NULL,
	`audience` text NOT NULL,
	`status` text NOT NULL,
	`paused_reason` text,
	`active_from_on` text,
	`active_to_on` text,
	`priority` integer DEFAULT 0 NOT NULL,
	`holdout_percent` integer DEFAULT 0 NOT NULL,
	`max_audience` integer DEFAULT 10000 NOT NULL,
	`monthly_budget_micros` integer,
	`created_by` text NOT NULL,
	`approved_by` text,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `nudges_code_unique` ON `nudges` (`code`);--> statement-breakpoint
CREATE TABLE `steps` (
	`id` text PRIMARY KEY NOT NULL,
	`nudge_id` text NOT NULL,
	`seq` integer NOT NULL,
	`channel` text NOT NULL,
	`anchor` text NOT NULL,
	`offset_hours` integer,
	`offset_days` integer,
	`at_local` text,
	`slot_minutes` integer DEFAULT 60 NOT NULL,
	`late_policy` text DEFAULT 'skip' NOT NULL,
	`min_lead_minutes` integer DEFAULT 0 NOT NULL,
	`quiet_rule` text DEFAULT 'later' NOT NULL,
	`expires_after_minutes` integer NOT NULL,
	`template_key` text NOT NULL,
	`template_version` integer NOT NULL,
	`fallback_step_id` text,
	`has_media_buy` integer DEFAULT 0 NOT NULL,
	`unit_cost_micros` integer,
	`is_active` integer DEFAULT 1 NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `steps_order` ON `steps` (`nudge_id`,`seq`);--> statement-breakpoint
ALTER TABLE `message_templates` ADD `channel` text DEFAULT 'sms' NOT NULL;--> statement-breakpoint
ALTER TABLE `message_templates` ADD `subject` text;--> statement-breakpoint
ALTER TABLE `message_templates` ADD `body_html` text;--> statement-breakpoint
ALTER TABLE `touches` ADD `purchase_id` text;--> statement-breakpoint
ALTER TABLE `touches` ADD `nudge_id` text;--> statement-breakpoint
ALTER TABLE `touches` ADD `step_id` text;--> statement-breakpoint
ALTER TABLE `touches` ADD `media_buy_id` text;--> statement-breakpoint
ALTER TABLE `touches` ADD `anchor_at` integer;--> statement-breakpoint
ALTER TABLE `touches` ADD `estimate_micros` integer;--> statement-breakpoint
ALTER TABLE `touches` ADD `cost_micros` integer;--> statement-breakpoint
CREATE INDEX `touches_nudge` ON `touches` (`nudge_id`,`created_at`) WHERE nudge_id is not null;--> statement-breakpoint
CREATE INDEX `touches_media_buy` ON `touches` (`media_buy_id`) WHERE media_buy_id is not null;--> statement-breakpoint
ALTER TABLE `schedules` ADD `every_minutes` integer;--> statement-breakpoint
ALTER TABLE `schedules` ADD `window_opens` text;--> statement-breakpoint
ALTER TABLE `schedules` ADD `window_closes` text;--> statement-breakpoint
ALTER TABLE `schedules` ADD `weekdays` text;--> statement-breakpoint
ALTER TABLE `schedules` ADD `depends_on` text;--> statement-breakpoint
ALTER TABLE `schedules` ADD `timeout_seconds` integer;--> statement-breakpoint
ALTER TABLE `appointments` ADD `ends_at` integer;--> statement-breakpoint
ALTER TABLE `appointments` ADD `time_flag` text DEFAULT 'ok' NOT NULL;--> statement-breakpoint
ALTER TABLE `appointments` ADD `attributed_touch_id` text;--> statement-breakpoint
CREATE INDEX `appointments_starts` ON `appointments` (`starts_at`) WHERE removed_at is null;--> statement-breakpoint
CREATE INDEX `appointments_attributed` ON `appointments` (`attributed_touch_id`) WHERE attributed_touch_id is not null;--> statement-breakpoint
ALTER TABLE `offices` ADD `phone` text;--> statement-breakpoint
ALTER TABLE `offices` ADD `address_line` text;--> statement-breakpoint
ALTER TABLE `offices` ADD `city` text;--> statement-breakpoint
ALTER TABLE `offices` ADD `map_url` text;--> statement-breakpoint
ALTER TABLE `offices` ADD `open_hours` text;--> statement-breakpoint
ALTER TABLE `offices` ADD `source_utc_offset_minutes` integer;--> statement-breakpoint
ALTER TABLE `patients` ADD `kind_changed_at` integer;--> statement-breakpoint
ALTER TABLE `patients` ADD `office_id` text;--> statement-breakpoint
ALTER TABLE `patients` ADD `time_zone` text;--> statement-breakpoint
ALTER TABLE `patients` ADD `is_deceased` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `patients` ADD `do_not_contact` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `patients` ADD `content_key` text;--> statement-breakpoint
ALTER TABLE `patients` ADD `last_run_id` text;--> statement-breakpoint
ALTER TABLE `patients` ADD `removed_at` integer;