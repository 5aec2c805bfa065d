import { raw } from "hono/html";
import * as z from "zod";
import { currentSurvey } from "../../../templates/surveys/catalogue.ts";
import { asksAnybody } from "../../engagement/decide-ask.ts";
import { readQuery } from "../form.ts";
import { staffPage } from "../layout/page.tsx";
import { Columns } from "../parts/columns.tsx";
import { PLOT_STYLE, PlotKey } from "../parts/plot.tsx";
import type { StaffRequest } from "../staff.ts";
import { addDays, dateName, dayAt } from "../time.ts";
import { counted } from "../words.ts";
import { Bars, WeeksPlot } from "./plots.tsx";
import { type Report, readReport, type Week } from "./read-report.ts";

export const PeriodQuery = z.object({ weeks: z.enum(["4", "12", "52"]).default("12") });

/** The Mondays, office-local, of this week and of the first week of the period. */
export function periodOf({ ctx }: Pick<StaffRequest, "ctx">, weeks: string): { sinceOn: string; thisWeekOn: string } {
  const today = dayAt(ctx.now(), ctx.tenant.settings.office.timeZone);
  const daysIntoWeek = (new Date(`${today}T12:00:00Z`).getUTCDay() + 6) % 7;
  const thisWeekOn = addDays(today, -daysIntoWeek);
  return { thisWeekOn, sinceOn: addDays(thisWeekOn, -7 * (Number(weeks) - 1)) };
}

/** `GET /surveys`: who answers, and what they say. Counts only; nothing of a group under five. */
export async function showSurveys(request: StaffRequest): Promise<Response> {
  const { c, ctx, base, nonce } = request;
  const { weeks } = readQuery(c, PeriodQuery);
  const survey = currentSurvey(ctx.tenant.settings.ask.surveyId);
  const { sinceOn, thisWeekOn } = periodOf(request, weeks);
  const report = await readReport(ctx, survey, sinceOn, thisWeekOn);
  if (!asksAnybody(ctx.tenant.settings) && report.asked === 0) return nobodyAsked(request);
  return staffPage(request, {
    title: "Surveys",
    lede: `${survey.title[survey.locales[0] ?? "en"]} Since ${dateName(sinceOn)}.`,
    actions: <Period base={base} weeks={weeks} />,
    children: (
      <>
        <style nonce={nonce}>{raw(PLOT_STYLE)}</style>
        <Tiles report={report} />
        <section class="card" aria-labelledby="by-week">
          <h2 id="by-week">By week</h2>
          <PlotKey light="asked" full="answered" />
          <WeeksPlot weeks={report.weeks} />
          <details class="more">
            <summary>The numbers</summary>
            <Numbers weeks={report.weeks} />
          </details>
        </section>
        <div class="cols">
          {report.distributions.map((distribution) => (
            <section class="card">
              <h2>{distribution.ask}</h2>
              <Bars distribution={distribution} />
            </section>
          ))}
        </div>
        {survey.anonymous ? (
          <p class="fine">
            This survey is anonymous: answers are kept without the person, the visit or the day, and a group of fewer
            than five is not shown.
          </p>
        ) : null}
      </>
    ),
  });
}

/** A clinic that only reminds; what another has to say there is nothing of its own. */
function nobodyAsked(request: StaffRequest) {
  return staffPage(request, {
    title: "Surveys",
    children: (
      <p class="empty">
        This clinic asks nobody how a visit was: its settings name no providers and kinds of visit to ask about.
      </p>
    ),
  });
}

function Period({ base, weeks }: { base: string; weeks: string }) {
  return (
    <div class="row">
      <ul class="tabs">
        {["4", "12", "52"].map((each) => (
          <li>
            <a href={`${base}/surveys?weeks=${each}`} aria-current={each === weeks ? "true" : undefined}>
              {each} weeks
            </a>
          </li>
        ))}
      </ul>
      <a class="button plain" href={`${base}/surveys.csv?weeks=${weeks}`}>
        Download (CSV)
      </a>
    </div>
  );
}

function Tiles({ report }: { report: Report }) {
  const rated = report.weeks.filter((week) => week.happy !== null);
  const latest = rated.at(-1);
  return (
    <dl class="tiles">
      <div>
        <dt>Asked</dt>
        <dd>{counted(report.asked)}</dd>
      </div>
      <div>
        <dt>Answered</dt>
        <dd>{counted(report.answered)}</dd>
      </div>
      <div>
        <dt>Response rate</dt>
        <dd>{report.asked === 0 ? "–" : percent(Math.min(1, report.answered / report.asked))}</dd>
      </div>
      <div>
        <dt>Satisfied, latest week shown</dt>
        <dd>{latest?.happy != null ? percent(latest.happy) : "–"}</dd>
      </div>
    </dl>
  );
}

function Numbers({ weeks }: { weeks: Week[] }) {
  return (
    <table class="table">
      <caption class="vh">Asked, answered and satisfied by week</caption>
      <Columns names={["Week of", { number: "Asked" }, { number: "Answered" }, { number: "Satisfied" }]} />
      <tbody>
        {weeks.map((week) => (
          <tr>
            <td>{dateName(week.weekOn)}</td>
            <td class="num">{counted(week.asked)}</td>
            <td class="num">{counted(week.answered)}</td>
            <td class="num">{week.happy === null ? "too few" : percent(week.happy)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
