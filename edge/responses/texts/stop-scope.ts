import { sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { touches } from "../../../db/schema/engagement.ts";
import { nudges } from "../../../db/schema/nudges.ts";
import type { Context } from "../../context.ts";
import type { Purpose } from "../../delivery/opt-out.ts";
import type { TenantSettings } from "../../tenant-settings.ts";

/** Words that mean everything, whatever they answer. */
const EVERYTHING = /^\W*stop\s*all\W*$/i;

/** The last message that went to the number: its category, and its visit if it was about one. A survey is care. */
export function lastMessage(ctx: Context, addressKey: string) {
  return ctx.db.all<{
    category: string;
    appointmentId: string | null;
  }>(sql`SELECT coalesce(category, 'care') AS category,
      touches.appointment_id AS appointmentId FROM ${touches}
    LEFT JOIN ${nudges} ON nudges.id = touches.nudge_id
    WHERE touches.address_key = ${addressKey} AND touches.attempt_count > 0
    ORDER BY (SELECT max(started_at) FROM attempts WHERE touch_id = touches.id) DESC LIMIT 1`);
}

/**
 * What a STOP ends. One that answers a marketing message ends marketing, and reminders go on; from the clinic's local
 * day `revokeAllFrom` any STOP ends everything (47 CFR 64.1200(a)(10), waived until 2027-01-31 by FCC DA 26-12). What
 * answers nothing, or something else, always ends everything.
 */
export function stopScope(
  settings: {
    office: Pick<TenantSettings["office"], "timeZone">;
    messages: Pick<TenantSettings["messages"], "revokeAllFrom">;
  },
  { answers, body, now }: { answers: string | null; body: string; now: number },
): Purpose {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(settings.office.timeZone).toPlainDate();
  const isRevokeAll = today.toString() >= settings.messages.revokeAllFrom;
  return answers === "marketing" && !isRevokeAll && !EVERYTHING.test(body) ? "marketing" : "all";
}
