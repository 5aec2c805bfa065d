import { type SQL, sql } from "drizzle-orm";
import { purchases } from "../../../db/schema/imports.ts";
import { appointments } from "../../../db/schema/people.ts";
import type { Slice } from "./slice.ts";

const HOUR_MS = 3_600_000;
/** A purchase up to so long after a visit is put down to it, where the source and the day say nothing. */
const WINDOW_MS = 30 * 24 * HOUR_MS;
/** The office's day lies within so much of any instant of it. */
const DAY_AROUND_MS = 36 * HOUR_MS;

/** The person's visit on the day of a purchase, and the last one before it; each is SQL of an id or null. */
export function visitsNear(purchase: { patientId: SQL; purchasedAt: SQL; localOn: SQL }): { sameDay: SQL; near: SQL } {
  const { patientId, purchasedAt, localOn } = purchase;
  const own = sql`SELECT a.id FROM ${appointments} AS a WHERE a.patient_id = ${patientId} AND a.removed_at IS NULL`;
  return {
    sameDay: sql`(${own} AND a.starts_at BETWEEN ${purchasedAt} - ${DAY_AROUND_MS} AND ${purchasedAt} + ${DAY_AROUND_MS}
      AND a.local_on = ${localOn} ORDER BY a.starts_at LIMIT 1)`,
    near: sql`(${own} AND a.starts_at BETWEEN ${purchasedAt} - ${WINDOW_MS} AND ${purchasedAt}
      ORDER BY a.starts_at DESC LIMIT 1)`,
  };
}

/**
 * Puts what the slice's people bought down to their visits as these are now: a purchase may be known before its visit,
 * and a visit may go. What the source itself says of a purchase stays. `resolved` is the visits' `WITH` clause.
 */
export function linkPurchases({ now }: Slice, resolved: SQL): SQL {
  // The visit's own clock tells the purchase's day: what is stored of a purchase is the instant.
  const localOn = sql`date((p.purchased_at + unixepoch(a.local_starts_at) * 1000 - a.starts_at) / 1000, 'unixepoch')`;
  const { sameDay, near } = visitsNear({
    patientId: sql`p.patient_id`,
    purchasedAt: sql`p.purchased_at`,
    localOn,
  });
  return sql`${resolved}, linked AS (SELECT p.id, ${sameDay} AS same_day, ${near} AS near FROM ${purchases} AS p
      WHERE p.patient_id IN (SELECT patient_id FROM s) AND p.link_method <> 'source')
    UPDATE ${purchases} SET appointment_id = coalesce(linked.same_day, linked.near), updated_at = ${now},
      link_method = CASE WHEN linked.same_day IS NOT NULL THEN 'same_day' WHEN linked.near IS NOT NULL THEN 'window' ELSE 'none' END
    FROM linked WHERE purchases.id = linked.id AND purchases.appointment_id IS NOT coalesce(linked.same_day, linked.near)`;
}
