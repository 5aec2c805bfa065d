ALTER TABLE `message_templates` ADD `category` text DEFAULT 'care' NOT NULL;--> statement-breakpoint
-- Wordings in the first grammar ({sender}) get a version in the one grammar ({{cn}}), with the same words.
INSERT INTO `message_templates` (`key`, `version`, `locale`, `channel`, `subject`, `body`, `body_html`, `created_at`)
SELECT `key`, 2, `locale`, `channel`, `subject`,
  replace(replace(replace(replace(`body`, '{sender}', '{{cn}}'), '{link}', '{{sl}}'), '{phone_to_call}', '{{cp}}'), '{first_name}', '{{fn}}'),
  `body_html`, `created_at`
FROM `message_templates` WHERE `version` = 1 AND `body` NOT LIKE '%{{%';
--> statement-breakpoint
-- What has not left yet leaves in it.
UPDATE `touches` SET `template_version` = 2
WHERE `template_version` = 1 AND `status` IN ('planned', 'claimed', 'parked', 'unknown')
  AND `template_key` IN (SELECT `key` FROM `message_templates` WHERE `version` = 2);
