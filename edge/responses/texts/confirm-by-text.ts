import { sql } from "drizzle-orm";
import { touches } from "../../../db/schema/engagement.ts";
import { nudges } from "../../../db/schema/nudges.ts";
import { appointments, offices, patients } from "../../../db/schema/people.ts";
import { withoutCostlyAccents } from "../../../templates/message/escape.ts";
import { momentText } from "../../../templates/message/moments.ts";
import { REPLY_WORDS } from "../../../templates/reply-words.ts";
import type { Context } from "../../context.ts";
import { confirmVisit } from "../visits/confirm-visit.ts";
import type { TextIntent } from "./classify-text.ts";

/** A visit ahead of which somebody at this number was told, at the time at which it still stands. */
export type ToldVisit = { appointmentId: string; startsAt: number; timeZone: string; language: string | null };

/** How far back a reminder may lie that somebody answers now. */
const TOLD_DAYS = 90;

/** The visits ahead that a reminder, or its correction, told this number of. Reads the number's own messages only. */
function toldVisits(ctx: Context, addressKey: string) {
  return ctx.db.all<ToldVisit>(sql`SELECT visit.id AS appointmentId, visit.starts_at AS startsAt,
      office.time_zone AS timeZone, person.language
    FROM ${touches} AS told JOIN ${appointments} AS visit ON visit.id = told.appointment_id AND visit.patient_id = told.patient_id
      JOIN ${offices} AS office ON office.id = visit.office_id JOIN ${patients} AS person ON person.id = visit.patient_id
      LEFT JOIN ${nudges} ON nudges.id = told.nudge_id
    WHERE told.address_key = ${addressKey} AND told.sent_on >= date(${(ctx.now() - TOLD_DAYS * 86_400_000) / 1000}, 'unixepoch')
      AND told.channel = 'sms' AND told.attempt_count > 0 AND told.status IN ('accepted', 'sent', 'delivered', 'unknown')
      AND (told.kind = 'correction' OR nudges.category <> 'marketing')
      AND told.anchor_at = visit.starts_at AND visit.starts_at > ${ctx.now()}
      AND visit.removed_at IS NULL AND visit.status IN ('pending', 'booked')
    GROUP BY visit.id`);
}

type Asked = {
  addressKey: string;
  /** What has been stopped for the number, in force. */
  stopped: string[];
  /** The visit of the last message that went to the number; null when that was about none. */
  lastAbout: string | null;
  /** Handled some time after it came. */
  isLate: boolean;
};

/**
 * What a yes means. It confirms a visit only where nobody has to guess: one visit ahead was told to the number, and by
 * the last message that went there. A bare YES from a number that stopped all texts, or was told of no visit, is START,
 * as it is to every carrier; all else, and whatever is late, is for staff.
 */
export async function settleYes(
  ctx: Context,
  read: Extract<TextIntent, { kind: "confirm" }>,
  { addressKey, stopped, lastAbout, isLate }: Asked,
): Promise<{ intent: TextIntent; visit: ToldVisit | null }> {
  const { language, isStart } = read;
  const told = isLate || stopped.includes("all") ? [] : await toldVisits(ctx, addressKey);
  const [visit, ...others] = told;
  if (!visit) return { intent: { kind: isStart ? "start" : "other", language }, visit: null };
  const isClear = others.length === 0 && visit.appointmentId === lastAbout;
  // Its own batch, before the text is kept: whoever is answered "we expect you" is expected. Repeated, it changes nothing.
  if (isClear && (await confirmVisit(ctx, visit, "text"))) return { intent: read, visit };
  return { intent: { kind: "other", language }, visit: null };
}

/** The answer to a confirmation, in the person's language, else in that of the word. */
export function confirmedText(ctx: Context, { startsAt, timeZone, language }: ToldVisit, said: string): string | null {
  const spoken = language && REPLY_WORDS[language] ? language : said;
  const clock = { language: spoken, timeZone };
  const [day, time] = [momentText(startsAt, "day-long", clock), momentText(startsAt, "time-12h", clock)];
  const { senderName } = ctx.tenant.settings.messages;
  return withoutCostlyAccents(REPLY_WORDS[spoken]?.confirmed(senderName, `${day}, ${time}`) ?? "") || null;
}
