import { and, eq, type SQL, sql } from "drizzle-orm";
import { Temporal } from "temporal-polyfill";
import { auditIfChanged } from "../../../db/audit.ts";
import { inviteLinks, invites, responses } from "../../../db/schema/surveys.ts";
import { surveyKey } from "../../../templates/surveys/catalogue.ts";
import type { SurveyDefinition } from "../../../templates/surveys/definition.ts";
import { type Answers, holds, pageAfter, textFieldsOf } from "../../../templates/surveys/questions.ts";
import { raiseAlarmIfChanged } from "../../alarms.ts";
import { type Context, stamp } from "../../context.ts";
import type { Link } from "./find-link.ts";
import { scoreAnswers } from "./score-answers.ts";

/** What the link's holder has answered so far. */
export type Draft = { id: string; answers: Answers; status: "in-progress" | "completed" };

/** The answers given with this token, or null. Only who holds the token can find them: their id is its keyed hash. */
export async function findDraft(ctx: Context, token: string): Promise<Draft | null> {
  const id = await responseId(ctx, token);
  const [row] = await ctx.db.select().from(responses).where(eq(responses.id, id));
  if (!row) return null;
  const texts = row.sealed ? JSON.parse(await ctx.keys.open({ table: "responses", row: id }, row.sealed)) : {};
  return { id, status: row.status, answers: { ...JSON.parse(row.answers), ...texts } };
}

/**
 * Spends the invite and stores the first page's answers, in one batch: both or neither, and once, however many posts
 * come together. False, with nothing changed, for a link that is unknown, spent, run out or asks another survey.
 *
 * For an anonymous survey the two rows share nothing: not a key (the answer's is a keyed hash of a token that is not
 * stored), not an order (the table is kept in the order of that hash), not a time (only the week is kept), and the
 * audit event names the invite alone.
 */
export async function storeFirstPage(
  ctx: Context,
  {
    survey,
    tokenHash,
    token,
    answers,
    locale,
  }: { survey: SurveyDefinition; tokenHash: string; token: string; answers: Answers; locale: string },
): Promise<boolean> {
  const now = ctx.now();
  const id = await responseId(ctx, token);
  const cells = await answerCells(ctx, survey, id, answers);
  const isLast = !pageAfter(survey, survey.pages[0]?.id ?? "", answers);
  const invite = sql`(SELECT invite_id FROM ${inviteLinks} WHERE token_hash = ${tokenHash} AND expires_at > ${now})`;
  const who = survey.anonymous
    ? sql`NULL, NULL, NULL`
    : sql`${invite}, (SELECT patient_id FROM ${invites} WHERE id = ${invite}), ${now}`;
  const [spent] = await ctx.db.batch([
    ctx.db.run(sql`UPDATE ${invites} SET answered = 1 WHERE id = ${invite} AND answered = 0 AND expires_at > ${now}
      AND survey_id = ${survey.id} AND survey_version = ${survey.version}`),
    ctx.db.run(sql`INSERT INTO ${responses}
        (id, survey_id, survey_version, locale, status, week_on, answers, scores, sealed, invite_id, patient_id, submitted_at)
      SELECT ${id}, ${survey.id}, ${survey.version}, ${locale}, ${isLast ? "completed" : "in-progress"}, ${weekOn(ctx)},
        ${cells.answers}, ${cells.scores}, ${cells.sealed}, ${who}
      WHERE changes() = 1`),
    ctx.db.run(auditIfChanged(stamp(ctx), { action: "invite.answered", entityId: invite })),
    ...riskAlarms(ctx, survey, invite, {}, answers),
  ]);
  return spent.rowsAffected === 1;
}

/**
 * Adds a later page to the same response and closes it. False when it was closed before. There is no audit event for an
 * anonymous survey: its time, next to that of the invite's, would say which of the week's answers are whose.
 */
export async function storeLaterPage(
  ctx: Context,
  { link, draft, answers }: { link: Link; draft: Draft; answers: Answers },
): Promise<boolean> {
  const { survey, inviteId } = link;
  const cells = await answerCells(ctx, survey, draft.id, { ...draft.answers, ...answers });
  const close = ctx.db
    .update(responses)
    .set({ ...cells, status: "completed" })
    .where(and(eq(responses.id, draft.id), eq(responses.status, "in-progress")));
  if (survey.anonymous) return (await close).rowsAffected === 1;
  const event = { action: "response.completed", entityId: inviteId };
  const [closed] = await ctx.db.batch([
    close,
    ctx.db.run(auditIfChanged(stamp(ctx), event)),
    ...riskAlarms(ctx, survey, inviteId, draft.answers, answers),
  ]);
  return closed.rowsAffected === 1;
}

/**
 * Tells the clinic, in the batch of the answers, of those that must not wait. Only where the survey is under the
 * patient's name: for an anonymous one an alarm's time would say whose answer it is, so there only the patient is told.
 */
function riskAlarms(ctx: Context, survey: SurveyDefinition, invite: string | SQL, before: Answers, answers: Answers) {
  const now = { ...before, ...answers };
  const raised = survey.alerts.filter(({ when }) => holds(when, now) && !holds(when, before)).map(({ id }) => id);
  if (survey.anonymous || raised.length === 0) return [];
  const detail = { survey: surveyKey(survey), alerts: raised };
  return [ctx.db.run(raiseAlarmIfChanged(ctx, "risk_answer", invite, detail))];
}

/** Free text is sealed, because people write names into it; the rest are values that the survey itself offers. */
async function answerCells(ctx: Context, survey: SurveyDefinition, id: string, answers: Answers) {
  const isText = new Set(survey.pages.flatMap(textFieldsOf));
  const entries = Object.entries(answers);
  const closed = entries.filter(([field]) => !isText.has(field));
  const texts = entries.filter(([field]) => isText.has(field));
  const place = { table: "responses", row: id };
  return {
    answers: JSON.stringify(Object.fromEntries(closed)),
    scores: JSON.stringify(scoreAnswers(survey, answers)),
    sealed: texts.length > 0 ? await ctx.keys.seal(place, JSON.stringify(Object.fromEntries(texts))) : null,
  };
}

function responseId(ctx: Context, token: string): Promise<string> {
  return ctx.keys.blindIndex("response", token);
}

const QUARTER_MS = 900_000;
let lastWeek = { zone: "", quarter: 0, on: "" };

/**
 * Monday of the ISO week at the office, `YYYY-MM-DD`. Worked out once in a quarter of an hour, because days begin on
 * one in every zone, and calendars cost more than all else that storing an answer does here.
 */
function weekOn(ctx: Context): string {
  const zone = ctx.tenant.settings.office.timeZone;
  const quarter = Math.floor(ctx.now() / QUARTER_MS);
  if (lastWeek.zone === zone && lastWeek.quarter === quarter) return lastWeek.on;
  const today = Temporal.Instant.fromEpochMilliseconds(ctx.now()).toZonedDateTimeISO(zone).toPlainDate();
  lastWeek = { zone, quarter, on: today.subtract({ days: today.dayOfWeek - 1 }).toString() };
  return lastWeek.on;
}
