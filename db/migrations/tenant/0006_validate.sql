CREATE INDEX `addresses_to_validate` ON `addresses` (`patient_id`) WHERE standard_source = 'local';
