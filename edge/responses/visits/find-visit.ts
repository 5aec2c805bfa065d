import { sql } from "drizzle-orm";
import { touches } from "../../../db/schema/engagement.ts";
import { appointments, offices } from "../../../db/schema/people.ts";
import { visitLinks, visitRequests } from "../../../db/schema/visits.ts";
import type { Context } from "../../context.ts";
import { isCancelled, isOn, type StandingVisit } from "../../engagement/visit-standing.ts";

/** The visit behind a link, as it stands now. Times are epoch ms. */
export type LinkedVisit = StandingVisit & {
  appointmentId: string;
  /** The start that the message told of. */
  toldAt: number;
  expiresAt: number;
  /** The language of the message. */
  locale: string;
  endsAt: number | null;
  updatedAt: number;
  confirmedAt: number | null;
  confirmedForAt: number | null;
  /** When another time than the present one was last asked for. */
  askedAt: number | null;
  timeZone: string;
  officeName: string;
  officeAddress: string | null;
};

/** How it stands towards what the message said. `unsure`: only a person can say; there is nothing to confirm. */
export type Standing = "on" | "moved" | "cancelled" | "unsure";

/** A visit that stands, behind a link that is open. */
export type Found = { ctx: Context; visit: LinkedVisit; standing: "on" | "moved" };

/**
 * The visit whose link has this token hash, or null: also where the source has since given it to another person than was
 * told of it. One read, the same for links that are open, expired or unknown.
 */
export async function findVisit(ctx: Context, tokenHash: string): Promise<LinkedVisit | null> {
  const [row] = await ctx.db.all<LinkedVisit>(sql`SELECT
      visit.id AS appointmentId, link.starts_at AS toldAt, link.expires_at AS expiresAt, link.locale,
      visit.status, visit.starts_at AS startsAt, visit.ends_at AS endsAt, visit.updated_at AS updatedAt,
      visit.removed_at AS removedAt, visit.removed_reason AS removedReason, visit.confirmed_at AS confirmedAt,
      visit.confirmed_for_at AS confirmedForAt,
      (SELECT max(at) FROM ${visitRequests} WHERE appointment_id = visit.id AND starts_at = visit.starts_at) AS askedAt,
      office.time_zone AS timeZone, office.name AS officeName, office.address_line AS officeAddress
    FROM ${visitLinks} AS link JOIN ${appointments} AS visit ON visit.id = link.appointment_id
      JOIN ${offices} AS office ON office.id = visit.office_id
    WHERE link.token_hash = ${tokenHash}
      AND coalesce((SELECT patient_id FROM ${touches} WHERE id = link.touch_id), visit.patient_id) = visit.patient_id`);
  return row ?? null;
}

/** Null when the link is not open any more: it ran out, or the visit has begun. Pure. */
export function standingOf(visit: LinkedVisit, now: number): Standing | null {
  if (visit.expiresAt <= now || visit.startsAt <= now) return null;
  if (isCancelled(visit)) return "cancelled";
  if (!isOn(visit)) return "unsure";
  return visit.startsAt === visit.toldAt ? "on" : "moved";
}
