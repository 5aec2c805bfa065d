CREATE TABLE `attempts` (
	`id` text PRIMARY KEY NOT NULL,
	`touch_id` text NOT NULL,
	`number` integer NOT NULL,
	`provider` text NOT NULL,
	`started_at` integer NOT NULL,
	`finished_at` integer,
	`outcome` text DEFAULT 'started' NOT NULL,
	`http_status` integer,
	`error_code` text,
	`provider_id` text,
	`body_key` text NOT NULL,
	`segments` integer NOT NULL,
	`resend_reason` text
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_provider_id_unique` ON `attempts` (`provider_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_touch` ON `attempts` (`touch_id`,`number`);--> statement-breakpoint
CREATE TABLE `delivery_events` (
	`id` text PRIMARY KEY NOT NULL,
	`provider` text NOT NULL,
	`provider_id` text NOT NULL,
	`status` text NOT NULL,
	`touch_id` text,
	`error_code` text,
	`received_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `delivery_events_once` ON `delivery_events` (`provider`,`provider_id`,`status`);--> statement-breakpoint
CREATE INDEX `delivery_events_touch` ON `delivery_events` (`touch_id`);--> statement-breakpoint
CREATE TABLE `message_templates` (
	`key` text NOT NULL,
	`version` integer NOT NULL,
	`locale` text NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`key`, `version`, `locale`)
) STRICT;
--> statement-breakpoint
CREATE TABLE `opt_outs` (
	`id` text PRIMARY KEY NOT NULL,
	`address_key` text NOT NULL,
	`channel` text NOT NULL,
	`purpose` text DEFAULT 'all' NOT NULL,
	`source` text NOT NULL,
	`evidence` text,
	`at` integer NOT NULL,
	`ended_at` integer,
	`ended_by` text
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `opt_outs_live` ON `opt_outs` (`address_key`,`channel`,`purpose`) WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX `opt_outs_at` ON `opt_outs` (`at`);--> statement-breakpoint
CREATE TABLE `pauses` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text,
	`reason` text NOT NULL,
	`by` text NOT NULL,
	`created_at` integer NOT NULL,
	`lifted_at` integer,
	`lifted_by` text
) STRICT;
--> statement-breakpoint
CREATE TABLE `touches` (
	`id` text PRIMARY KEY NOT NULL,
	`dedupe_key` text NOT NULL,
	`kind` text NOT NULL,
	`patient_id` text NOT NULL,
	`appointment_id` text,
	`invite_id` text,
	`office_id` text NOT NULL,
	`channel` text NOT NULL,
	`template_key` text NOT NULL,
	`template_version` integer NOT NULL,
	`status` text DEFAULT 'planned' NOT NULL,
	`reason` text,
	`due_at` integer NOT NULL,
	`not_after_at` integer NOT NULL,
	`address_key` text,
	`sent_on` text,
	`lease_owner` text,
	`lease_until` integer,
	`check_at` integer,
	`attempt_count` integer DEFAULT 0 NOT NULL,
	`empty_checks` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `touches_dedupe_key_unique` ON `touches` (`dedupe_key`);--> statement-breakpoint
CREATE INDEX `touches_due` ON `touches` (`due_at`) WHERE status = 'planned';--> statement-breakpoint
CREATE INDEX `touches_leased` ON `touches` (`lease_until`) WHERE status in ('claimed', 'sending');--> statement-breakpoint
CREATE INDEX `touches_to_check` ON `touches` (`check_at`) WHERE check_at is not null;--> statement-breakpoint
CREATE INDEX `touches_patient` ON `touches` (`patient_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `touches_appointment` ON `touches` (`appointment_id`);--> statement-breakpoint
CREATE INDEX `touches_invite` ON `touches` (`invite_id`);--> statement-breakpoint
CREATE INDEX `touches_address_day` ON `touches` (`address_key`,`sent_on`);--> statement-breakpoint
CREATE INDEX `touches_updated` ON `touches` (`updated_at`);--> statement-breakpoint
CREATE INDEX `touches_parked` ON `touches` (`updated_at`) WHERE status = 'parked';--> statement-breakpoint
CREATE TABLE `alarms` (
	`id` text PRIMARY KEY NOT NULL,
	`code` text NOT NULL,
	`subject` text NOT NULL,
	`detail` text NOT NULL,
	`raised_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`seen_count` integer DEFAULT 1 NOT NULL,
	`posted_at` integer,
	`mailed_at` integer,
	`acknowledged_at` integer,
	`acknowledged_by` text
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `alarms_open` ON `alarms` (`code`,`subject`) WHERE acknowledged_at is null;--> statement-breakpoint
CREATE INDEX `alarms_raised` ON `alarms` (`raised_at`);--> statement-breakpoint
CREATE TABLE `audit` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`entity_id` text NOT NULL,
	`details` text DEFAULT '{}' NOT NULL,
	`request_id` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `audit_entity` ON `audit` (`entity_id`,`seq`);--> statement-breakpoint
CREATE TABLE `audit_chain` (
	`seq` integer PRIMARY KEY NOT NULL,
	`hash` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `inbound_messages` (
	`id` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`dedupe_key` text NOT NULL,
	`body_key` text NOT NULL,
	`sealed` text NOT NULL,
	`status` text NOT NULL,
	`reply` text,
	`error` text,
	`received_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `inbound_messages_once` ON `inbound_messages` (`source`,`dedupe_key`);--> statement-breakpoint
CREATE INDEX `inbound_messages_received` ON `inbound_messages` (`received_at`);--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`dedupe_key` text NOT NULL,
	`run_id` text NOT NULL,
	`arguments` text NOT NULL,
	`status` text NOT NULL,
	`run_after_at` integer NOT NULL,
	`lease_token` text,
	`lease_owner` text,
	`lease_until` integer,
	`attempts` integer DEFAULT 0 NOT NULL,
	`counts` text,
	`error_code` text,
	`created_at` integer NOT NULL,
	`finished_at` integer
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_dedupe_key_unique` ON `jobs` (`dedupe_key`);--> statement-breakpoint
CREATE INDEX `jobs_open` ON `jobs` (`kind`,`run_after_at`) WHERE status in ('waiting', 'leased');--> statement-breakpoint
CREATE INDEX `jobs_created` ON `jobs` (`created_at`);--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`procedure_id` text NOT NULL,
	`parent_run_id` text,
	`status` text NOT NULL,
	`arguments` text DEFAULT '{}' NOT NULL,
	`counts` text DEFAULT '{}' NOT NULL,
	`error` text,
	`due_at` integer,
	`started_at` integer NOT NULL,
	`finished_at` integer
) STRICT;
--> statement-breakpoint
CREATE INDEX `runs_procedure` ON `runs` (`procedure_id`,`started_at`);--> statement-breakpoint
CREATE INDEX `runs_started` ON `runs` (`started_at`);--> statement-breakpoint
CREATE TABLE `schedules` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`local_times` text NOT NULL,
	`time_zone` text NOT NULL,
	`arguments` text DEFAULT '{}' NOT NULL,
	`next_run_at` integer NOT NULL,
	`silent_after_hours` integer NOT NULL,
	`is_active` integer DEFAULT 1 NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `snapshots` (
	`id` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`run_id` text NOT NULL,
	`on_day` text NOT NULL,
	`status` text NOT NULL,
	`next_sequence` integer NOT NULL,
	`digest` text NOT NULL,
	`row_count` integer NOT NULL,
	`layout` text,
	`counts` text DEFAULT '{}' NOT NULL,
	`started_at` integer NOT NULL,
	`finished_at` integer
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `snapshots_once` ON `snapshots` (`source`,`run_id`,`on_day`);--> statement-breakpoint
CREATE INDEX `snapshots_day` ON `snapshots` (`source`,`on_day`,`finished_at`);--> statement-breakpoint
CREATE INDEX `snapshots_finished` ON `snapshots` (`finished_at`);--> statement-breakpoint
CREATE TABLE `used_request_ids` (
	`key_id` text NOT NULL,
	`request_id` text NOT NULL,
	`body_hash` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`key_id`, `request_id`)
) STRICT;
--> statement-breakpoint
CREATE INDEX `used_request_ids_at` ON `used_request_ids` (`at`);--> statement-breakpoint
CREATE TABLE `appointments` (
	`id` text PRIMARY KEY NOT NULL,
	`dedupe_key` text NOT NULL,
	`patient_id` text NOT NULL,
	`office_id` text NOT NULL,
	`source` text NOT NULL,
	`local_on` text NOT NULL,
	`local_starts_at` text NOT NULL,
	`starts_at` integer NOT NULL,
	`provider` text NOT NULL,
	`service_type` text NOT NULL,
	`status` text NOT NULL,
	`source_status` text NOT NULL,
	`phone_problem` text,
	`content_key` text NOT NULL,
	`last_run_id` text NOT NULL,
	`last_seen_at` integer NOT NULL,
	`removed_at` integer,
	`needs_planning` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `appointments_dedupe_key_unique` ON `appointments` (`dedupe_key`);--> statement-breakpoint
CREATE INDEX `appointments_day` ON `appointments` (`source`,`local_on`);--> statement-breakpoint
CREATE INDEX `appointments_on` ON `appointments` (`local_on`,`starts_at`);--> statement-breakpoint
CREATE INDEX `appointments_patient` ON `appointments` (`patient_id`,`starts_at`);--> statement-breakpoint
CREATE INDEX `appointments_to_plan` ON `appointments` (`updated_at`) WHERE needs_planning = 1;--> statement-breakpoint
CREATE TABLE `change_log` (
	`id` text PRIMARY KEY NOT NULL,
	`entity_id` text NOT NULL,
	`field` text NOT NULL,
	`before` text,
	`after` text,
	`run_id` text NOT NULL,
	`at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `change_log_entity` ON `change_log` (`entity_id`,`at`);--> statement-breakpoint
CREATE TABLE `contact_points` (
	`id` text PRIMARY KEY NOT NULL,
	`patient_id` text NOT NULL,
	`system` text NOT NULL,
	`address_key` text NOT NULL,
	`sealed` text NOT NULL,
	`state` text DEFAULT 'ok' NOT NULL,
	`state_reason` text,
	`is_current` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `contact_points_person` ON `contact_points` (`patient_id`,`system`,`address_key`);--> statement-breakpoint
CREATE INDEX `contact_points_address` ON `contact_points` (`address_key`);--> statement-breakpoint
CREATE TABLE `offices` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`time_zone` text NOT NULL,
	`window_opens` text NOT NULL,
	`window_closes` text NOT NULL,
	`closed_days` text DEFAULT '[]' NOT NULL,
	`status` text DEFAULT 'active' NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `patients` (
	`id` text PRIMARY KEY NOT NULL,
	`identity_key` text NOT NULL,
	`kind` text DEFAULT 'patient' NOT NULL,
	`language` text,
	`sealed` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `patients_identity_key_unique` ON `patients` (`identity_key`);--> statement-breakpoint
CREATE TABLE `invite_links` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`invite_id` text NOT NULL,
	`expires_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `invite_links_invite` ON `invite_links` (`invite_id`);--> statement-breakpoint
CREATE TABLE `invites` (
	`id` text PRIMARY KEY NOT NULL,
	`patient_id` text NOT NULL,
	`appointment_id` text NOT NULL,
	`survey_id` text NOT NULL,
	`survey_version` integer NOT NULL,
	`locale` text,
	`answered` integer DEFAULT 0 NOT NULL,
	`expires_at` integer NOT NULL,
	`created_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `invites_visit` ON `invites` (`appointment_id`,`survey_id`);--> statement-breakpoint
CREATE INDEX `invites_patient` ON `invites` (`patient_id`);--> statement-breakpoint
CREATE TABLE `responses` (
	`id` text PRIMARY KEY NOT NULL,
	`survey_id` text NOT NULL,
	`survey_version` integer NOT NULL,
	`locale` text NOT NULL,
	`status` text NOT NULL,
	`week_on` text NOT NULL,
	`answers` text NOT NULL,
	`scores` text DEFAULT '{}' NOT NULL,
	`sealed` text,
	`invite_id` text,
	`patient_id` text,
	`submitted_at` integer
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `responses_survey` ON `responses` (`survey_id`,`week_on`);--> statement-breakpoint
CREATE TABLE `surveys` (
	`id` text NOT NULL,
	`version` integer NOT NULL,
	`definition` text NOT NULL,
	`published_at` integer NOT NULL,
	PRIMARY KEY(`id`, `version`)
) STRICT;--> statement-breakpoint
CREATE TRIGGER `audit_no_update` BEFORE UPDATE ON `audit` BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;--> statement-breakpoint
CREATE TRIGGER `audit_no_delete` BEFORE DELETE ON `audit` BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
