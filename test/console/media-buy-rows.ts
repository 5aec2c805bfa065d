import { sql } from "drizzle-orm";
import type { Clinic } from "../harness.ts";
import { todayIn } from "../visits.ts";

/** Writes a mailed media buy of a nudge of its own, as if long done: people (whom nobody can open), letters, returns and sales. */
export async function writeMailedBuy(
  clinic: Pick<Clinic, "db">,
  changes: { id?: string; name?: string; heads?: number } = {},
) {
  const { id = "0".repeat(32), name = "Spring card", heads = 300 } = changes;
  const buyId = `buy_${id}`;
  const all = sql`WITH RECURSIVE heads(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM heads WHERE n < ${heads})`;
  const own = sql.raw(`'${id.slice(-6)}' || printf('%08x', n)`);
  const at = Date.now() - 1_000;
  const nudgeId = `ndg_${id}`;
  await clinic.db.batch([
    clinic.db.run(sql`INSERT INTO nudges (id, code, name, category, audience_kind, audience, status, created_by, created_at, updated_at)
      VALUES (${nudgeId}, ${`card-${id.slice(-4)}`}, 'Card', 'care', 'appointment_reminder', '{}', 'archived', 'operator', ${at}, ${at})`),
    clinic.db.run(sql`INSERT INTO media_buys (id, nudge_id, step_id, slot_starts_at, name, vendor, channel, status, currency,
        fixed_micros, unit_micros, postage_micros, invoiced_micros, budget_micros, mail_on, in_home_from_on, in_home_to_on,
        vendor_job_ref, created_at, updated_at)
      SELECT ${buyId}, ${nudgeId}, ${`stp_${id}`}, ${at}, ${name}, 'Sample Print', 'print', 'invoiced', 'USD', 150000000, 620000,
        410000, 401000000, 500000000, ${todayIn()}, ${todayIn()}, ${todayIn()}, 'J-118', ${at}, ${at}`),
    clinic.db.run(sql`INSERT INTO patients (id, identity_key, kind, sealed, created_at, updated_at) ${all}
      SELECT 'pat_' || ${own}, 'key_' || ${own}, 'patient', '-', 1, 1 FROM heads`),
    clinic.db.run(sql`INSERT INTO touches (id, dedupe_key, kind, patient_id, nudge_id, media_buy_id, office_id, channel, template_key,
        template_version, status, reason, due_at, not_after_at, created_at, updated_at) ${all}
      SELECT 'tch_' || ${own}, 'buy:' || ${own}, 'nudge', 'pat_' || ${own}, ${nudgeId}, ${buyId}, 'x', 'print', 'card', 1,
        iif(n % 8 = 0, 'skipped', 'delivered'), iif(n % 8 = 0, 'holdout', NULL), 1, 1, ${at}, 1
      FROM heads`),
    clinic.db.run(sql`INSERT INTO media_buy_recipients (media_buy_id, patient_id, touch_id, role, status) ${all}
      SELECT ${buyId}, 'pat_' || ${own}, 'tch_' || ${own}, iif(n % 8 = 0, 'holdout', 'mailed'),
        iif(n % 8 = 0, 'planned', iif(n % 40 = 1, 'returned', 'delivered')) FROM heads`),
    clinic.db.run(sql`INSERT INTO purchases (id, source, patient_id, office_id, link_method, quantity, amount_micros, currency,
        purchased_at, status, content_key, last_run_id, created_at, updated_at) ${all}
      SELECT 'pur_' || ${own}, 'x', 'pat_' || ${own}, 'x', 'none', 1, 90000000 + n * 700000, 'USD', ${at}, 'sold', '-', '-', 1, 1
      FROM heads WHERE n % 9 = 0`),
  ]);
  return buyId;
}
