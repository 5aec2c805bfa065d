import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../db/connect.ts";

const PAGE = 50_000;

/** Writes this many people, each with a visit; `columns` say when, where and how from the running number `n`. */
export async function writeVisits(
  db: Db,
  count: number,
  columns: { startsAt: SQL; officeId: SQL; status: SQL; kind?: SQL },
): Promise<void> {
  const startsAt = sql`(${columns.startsAt})`;
  for (let done = 0; done < count; done += PAGE) {
    const numbers = sql`WITH RECURSIVE numbers(n) AS (SELECT CAST(${done} AS INTEGER) UNION ALL
      SELECT n + 1 FROM numbers WHERE n < ${Math.min(count, done + PAGE) - 1})`;
    await db.run(sql`INSERT INTO patients (id, identity_key, kind, sealed, created_at, updated_at) ${numbers}
      SELECT printf('pat_%08x', n), 'key_' || n, ${columns.kind ?? sql`'patient'`}, '-', 1, 1 FROM numbers`);
    await db.run(sql`INSERT INTO appointments (id, dedupe_key, patient_id, office_id, source, local_on, local_starts_at, starts_at,
        provider, service_type, status, source_status, content_key, last_run_id, last_seen_at, needs_planning, created_at, updated_at)
      ${numbers} SELECT printf('apt_%08x', n), 'visit_' || n, printf('pat_%08x', n), ${columns.officeId}, 'bench',
        date(${startsAt} / 1000, 'unixepoch'), strftime('%Y-%m-%dT%H:%M', ${startsAt} / 1000, 'unixepoch'),
        ${startsAt}, 'DR BENCH', 'VISIT', ${columns.status}, '-', '-', 'bench', 1, 0, 1, 1 FROM numbers`);
  }
}

/** One purchase for each visit of `writeVisits` in the range, an hour after it. */
export async function writePurchases(db: Db, from: number, to: number): Promise<void> {
  await db.run(sql`INSERT INTO purchases (id, source, patient_id, office_id, appointment_id, link_method, quantity,
      amount_micros, currency, purchased_at, status, content_key, last_run_id, created_at, updated_at)
    SELECT 'pur_' || substr(id, 5), 'bench', patient_id, office_id, id, 'source', 1, 100000000, 'USD', starts_at + 3600000,
      'sold', '-', 'bench', 1, 1 FROM appointments WHERE id >= printf('apt_%08x', ${from}) AND id < printf('apt_%08x', ${to})`);
}
