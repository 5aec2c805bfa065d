import { stringify } from "csv-stringify/sync";
import { and, asc, eq, gte } from "drizzle-orm";
import { auditEvents } from "../../../db/audit.ts";
import { responses } from "../../../db/schema/surveys.ts";
import { currentSurvey } from "../../../templates/surveys/catalogue.ts";
import { fieldsOf } from "../../../templates/surveys/questions.ts";
import { type Context, stamp } from "../../context.ts";
import { readQuery } from "../form.ts";
import { LEADS } from "../roles.ts";
import type { StaffRequest } from "../staff.ts";
import { PeriodQuery, periodOf } from "./page.tsx";
import { SMALLEST_GROUP } from "./read-report.ts";

/**
 * `GET /surveys.csv`: one line for each answer, in no order that means anything. A week with fewer than five answers is
 * left out of its column, and free text is only for those who answer for the clinic's messages. A cell that a
 * spreadsheet would take for a formula is quoted (OWASP ASVS 1.2.10). The export is in the audit.
 */
export async function exportSurveys(request: StaffRequest): Promise<Response> {
  const { c, ctx, role } = request;
  const { weeks } = readQuery(c, PeriodQuery);
  const survey = currentSurvey(ctx.tenant.settings.ask.surveyId);
  const { sinceOn } = periodOf(request, weeks);
  const rows = await ctx.db
    .select()
    .from(responses)
    .where(and(eq(responses.surveyId, survey.id), gte(responses.weekOn, sinceOn)))
    .orderBy(asc(responses.id));
  const withTexts = LEADS.includes(role);
  const perWeek = Map.groupBy(rows, ({ weekOn }) => weekOn);
  const fields = survey.pages.flatMap(fieldsOf);
  const lines = await Promise.all(
    rows.map(async (row) => {
      const texts = withTexts ? await textsOf(ctx, row) : {};
      const answers: Record<string, unknown> = { ...JSON.parse(row.answers), ...texts };
      const isSmall = (perWeek.get(row.weekOn)?.length ?? 0) < SMALLEST_GROUP;
      const cells = fields.map((field) => [answers[field] ?? ""].flat().join("; "));
      return [isSmall ? "" : row.weekOn, String(row.surveyVersion), row.locale, row.status, ...cells];
    }),
  );
  await ctx.db.run(
    auditEvents(stamp(ctx), [{ action: "responses.exported", entityId: survey.id, details: { rows: rows.length } }]),
  );
  const isAll = lines.length >= SMALLEST_GROUP || !survey.anonymous;
  const csv = stringify([["week", "version", "language", "status", ...fields], ...(isAll ? lines : [])], {
    bom: true,
    escape_formulas: true,
    record_delimiter: "windows",
  });
  c.header("content-type", "text/csv; charset=utf-8");
  c.header("content-disposition", `attachment; filename="${survey.id}-since-${sinceOn}.csv"`);
  return c.body(csv);
}

async function textsOf(ctx: Context, row: typeof responses.$inferSelect): Promise<Record<string, string>> {
  if (!row.sealed) return {};
  return JSON.parse(await ctx.keys.open({ table: "responses", row: row.id }, row.sealed)) as Record<string, string>;
}
