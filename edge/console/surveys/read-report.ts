import { and, asc, eq, gte, sql } from "drizzle-orm";
import { touches } from "../../../db/schema/engagement.ts";
import { responses } from "../../../db/schema/surveys.ts";
import type { SurveyDefinition } from "../../../templates/surveys/definition.ts";
import { questionsOf, valuesOf } from "../../../templates/surveys/questions.ts";
import type { Context } from "../../context.ts";
import { addDays } from "../time.ts";

/** Fewer answers than this say who gave them: nothing is shown of a group that small. */
export const SMALLEST_GROUP = 5;

export type Week = {
  weekOn: string;
  asked: number;
  answered: number /** null where the week's group is too small. */;
  happy: number | null;
};
export type Distribution = {
  id: string;
  ask: string;
  /** Answers to this question; the values are left out where these are too few. */
  count: number;
  values: { label: string; count: number }[] | null;
};
export type Report = { weeks: Week[]; asked: number; answered: number; distributions: Distribution[] };

const DAY_MS = 86_400_000;

/** Asked and answered by week and each closed question's answers, since the given Monday (`YYYY-MM-DD`, office-local). */
export async function readReport(
  ctx: Context,
  survey: SurveyDefinition,
  sinceOn: string,
  thisWeekOn: string,
): Promise<Report> {
  const [answerRows, counts, sent] = await ctx.db.batch([
    ctx.db
      .select({ weekOn: responses.weekOn, count: sql<number>`count(*)` })
      .from(responses)
      .where(and(eq(responses.surveyId, survey.id), gte(responses.weekOn, sinceOn)))
      .groupBy(responses.weekOn)
      .orderBy(asc(responses.weekOn)),
    ctx.db.all<{ week: string; question: string; value: string; count: number }>(sql`SELECT week_on AS week,
        answer.key AS question, CAST(choice.value AS TEXT) AS value, count(*) AS count
      FROM ${responses}, json_each(responses.answers) AS answer,
        json_each(iif(answer.type = 'array', answer.value, json_array(answer.value))) AS choice
      WHERE survey_id = ${survey.id} AND week_on >= ${sinceOn} GROUP BY 1, 2, 3`),
    // By the office's day on which the text left: the same week in which a quick answer is counted.
    ctx.db.all<{ on: string; count: number }>(sql`SELECT sent_on AS "on", count(*) AS count FROM ${touches}
      WHERE updated_at >= ${Date.parse(sinceOn) - DAY_MS} AND kind = 'survey_invite' AND sent_on >= ${sinceOn}
        AND status IN ('accepted', 'sent', 'delivered') GROUP BY 1`),
  ]);
  const answeredIn = new Map(answerRows.map(({ weekOn, count }) => [weekOn, count]));
  const weeks = weeksBetween(sinceOn, thisWeekOn).map((weekOn): Week => {
    const asked = total(sent.filter(({ on }) => on >= weekOn && on < addDays(weekOn, 7)));
    const answered = answeredIn.get(weekOn) ?? 0;
    return {
      weekOn,
      asked,
      answered,
      happy: happyShare(
        survey,
        counts.filter(({ week }) => week === weekOn),
      ),
    };
  });
  return {
    weeks,
    asked: weeks.reduce((sum, week) => sum + week.asked, 0),
    answered: weeks.reduce((sum, week) => sum + week.answered, 0),
    distributions: distributions(survey, counts),
  };
}

type Count = { question: string; value: string; count: number };

/** Of the first question's answers, the share that chose one of the two best of five; null for a group too small. */
function happyShare(survey: SurveyDefinition, counts: Count[]): number | null {
  const first = survey.pages[0]?.questions.find(({ kind }) => kind === "faces");
  if (first?.kind !== "faces") return null;
  const own = counts.filter(({ question }) => question === first.id);
  if (total(own) < SMALLEST_GROUP) return null;
  const best = first.options.slice(-2).map(({ value }) => value);
  return total(own.filter(({ value }) => best.includes(value))) / total(own);
}

function distributions(survey: SurveyDefinition, counts: Count[]): Distribution[] {
  const locale = survey.locales[0] ?? "en";
  return survey.pages.flatMap(questionsOf).flatMap((question) => {
    const values = valuesOf(question);
    if (!values) return [];
    const own = counts.filter((each) => each.question === question.id);
    const labels =
      "options" in question ? new Map(question.options.map((each) => [each.value, each.label[locale]])) : new Map();
    const shown = values.map((value) => ({
      label: labels.get(String(value)) ?? String(value),
      count: total(own.filter((each) => each.value === String(value))),
    }));
    const isSmall = total(own) < SMALLEST_GROUP;
    return [
      { id: question.id, ask: question.ask[locale] ?? question.id, count: total(own), values: isSmall ? null : shown },
    ];
  });
}

function weeksBetween(fromOn: string, toOn: string): string[] {
  const weeks: string[] = [];
  for (let on = fromOn; on <= toOn; on = addDays(on, 7)) weeks.push(on);
  return weeks;
}

function total(rows: { count: number }[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0);
}
