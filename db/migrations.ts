/** The migrations as text, in order. A new one: `npm run migrations -- --name what`, make its tables STRICT, list it here. */
import directoryFirst from "./migrations/directory/0000_first.sql";
import tenantFirst from "./migrations/tenant/0000_first.sql";
import tenantRemind from "./migrations/tenant/0001_remind.sql";
import tenantImportChunks from "./migrations/tenant/0002_import_chunks.sql";
import tenantWords from "./migrations/tenant/0003_words.sql";
import tenantSlots from "./migrations/tenant/0004_slots.sql";
import tenantChannels from "./migrations/tenant/0005_channels.sql";
import tenantValidate from "./migrations/tenant/0006_validate.sql";
import tenantCalls from "./migrations/tenant/0007_calls.sql";
import tenantCosts from "./migrations/tenant/0008_costs.sql";
import tenantVisitLinks from "./migrations/tenant/0009_visit_links.sql";
import tenantCaps from "./migrations/tenant/0010_caps.sql";
import tenantRetention from "./migrations/tenant/0011_retention.sql";
import tenantMailings from "./migrations/tenant/0012_mailings.sql";
import tenantPerson from "./migrations/tenant/0013_person.sql";
import tenantWhereabouts from "./migrations/tenant/0014_whereabouts.sql";
import tenantErased from "./migrations/tenant/0015_erased.sql";
import tenantBuyCosts from "./migrations/tenant/0016_buy_costs.sql";
import tenantStandIns from "./migrations/tenant/0017_stand_ins.sql";
import tenantBuyBudgets from "./migrations/tenant/0018_buy_budgets.sql";
import tenantLetterStandIns from "./migrations/tenant/0019_letter_stand_ins.sql";
import tenantSoftBounces from "./migrations/tenant/0020_soft_bounces.sql";

export type Migration = { name: string; sql: string };

export const directoryMigrations: Migration[] = [{ name: "0000_first", sql: directoryFirst }];
export const tenantMigrations: Migration[] = [
  { name: "0000_first", sql: tenantFirst },
  { name: "0001_remind", sql: tenantRemind },
  { name: "0002_import_chunks", sql: tenantImportChunks },
  { name: "0003_words", sql: tenantWords },
  { name: "0004_slots", sql: tenantSlots },
  { name: "0005_channels", sql: tenantChannels },
  { name: "0006_validate", sql: tenantValidate },
  { name: "0007_calls", sql: tenantCalls },
  { name: "0008_costs", sql: tenantCosts },
  { name: "0009_visit_links", sql: tenantVisitLinks },
  { name: "0010_caps", sql: tenantCaps },
  { name: "0011_retention", sql: tenantRetention },
  { name: "0012_mailings", sql: tenantMailings },
  { name: "0013_person", sql: tenantPerson },
  { name: "0014_whereabouts", sql: tenantWhereabouts },
  { name: "0015_erased", sql: tenantErased },
  { name: "0016_buy_costs", sql: tenantBuyCosts },
  { name: "0017_stand_ins", sql: tenantStandIns },
  { name: "0018_buy_budgets", sql: tenantBuyBudgets },
  { name: "0019_letter_stand_ins", sql: tenantLetterStandIns },
  { name: "0020_soft_bounces", sql: tenantSoftBounces },
];
