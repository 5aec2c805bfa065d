import { momentText } from "../../../templates/message/moments.ts";
import { surveyPage } from "../../../templates/surveys/pages/survey-page.tsx";
import { type Problem, textFieldsOf } from "../../../templates/surveys/questions.ts";
import { anotherTime } from "../../../templates/visits/another-time.ts";
import { visitNotice, visitPage } from "../../../templates/visits/pages.tsx";
import { visitWords } from "../../../templates/visits/words.ts";
import type { Context } from "../../context.ts";
import { isConfirmed } from "../../engagement/visit-standing.ts";
import { cleanText } from "../survey/clean-text.ts";
import type { PostedForm } from "../survey/read-form.ts";
import { frameOf } from "../survey/show.ts";
import type { PatientContext } from "../survey/visit.ts";
import { calendarEntry } from "./calendar-entry.ts";
import type { Found, LinkedVisit } from "./find-visit.ts";

const RETRY_SECONDS = "60";

/** The visit with what can be done about it. 409 for a press on a page that was overtaken. */
export function showVisit(c: PatientContext, { visit, standing }: Found, status: 200 | 409 = 200) {
  const frame = frameOf(c, undefined, visit.locale);
  const hrefs = { confirm: hrefOf(c, ""), otherTime: hrefOf(c, "/time"), calendar: hrefOf(c, "/ics") };
  const when = whenOf(visit, frame.locale);
  const says = lastWord(visit) ?? (standing === "on" ? "ask" : "moved");
  return c.html(visitPage({ ...frame, says, when, version: String(visit.startsAt), hrefs }), status);
}

/** What the patient said last of the visit's present time; null for nothing. */
function lastWord(visit: LinkedVisit): "confirmed" | "asked" | null {
  const { confirmedAt, askedAt } = visit;
  const isLater = (confirmedAt ?? 0) >= (askedAt ?? 0);
  if (isConfirmed(visit) && isLater) return "confirmed";
  return askedAt === null ? null : "asked";
}

type Again = { posted: PostedForm; problems?: Problem[]; status: 400 | 409 | 503 };

/** The form for another time: fresh, or with what was typed and what stands in its way. No visit while the store is down. */
export function showWishForm(c: PatientContext, visit: LinkedVisit | null, again?: Again) {
  const frame = frameOf(c, undefined, visit?.locale ?? null);
  const words = visitWords(frame.locale);
  const [page] = anotherTime.pages;
  if (!page) throw new Error("the form has no page");
  if (again?.status === 503) c.header("retry-after", RETRY_SECONDS);
  const typed = Map.groupBy(again?.posted.entries ?? [], ([field]) => field);
  const html = surveyPage({
    ...frame,
    // Following the language link would lose what was typed.
    languages: again ? [] : (frame.languages ?? []),
    survey: anotherTime,
    page,
    formVersion: visit ? String(visit.startsAt) : (again?.posted.formVersion ?? ""),
    action: hrefOf(c, "/time"),
    ...(visit && { lead: words.lead(whenOf(visit, frame.locale)) }),
    send: words.send,
    typed: new Map([...typed].map(([field, entries]) => [field, entries.map(([, value]) => value)])),
    problems: again?.problems ?? [],
    tryLater: again?.status === 503,
    notice: again?.status === 409 ? words.changed : undefined,
  });
  return c.html(html, again?.status ?? 200);
}

type Notice = {
  says: Parameters<typeof visitNotice>[0]["says"];
  /** The reader's language; null where it must not tell that the link is known. */
  own: string | null;
  posted?: PostedForm | undefined;
};

/**
 * That nothing can be done here, whom to call, and what was typed. Unknown and expired links get the same, with the
 * button for a fresh one.
 */
export function showNotice(c: PatientContext, { says, own, posted }: Notice) {
  const frame = { ...frameOf(c, undefined, own), ...(posted && { languages: [] }) };
  const freshAction = says === "notOpen" ? hrefOf(c, "/fresh") : undefined;
  const html = visitNotice({ ...frame, says, freshAction, kept: posted && keptText(posted) });
  return c.html(html, says === "notOpen" ? 404 : 200);
}

/** The answer to the button for a fresh link, whether or not there was one to renew. */
export function showFreshSent(c: PatientContext) {
  return c.html(visitNotice({ ...frameOf(c, undefined, null), languages: [], says: "freshSent" }));
}

/** The visit for the patient's own calendar: when and where, not what for. */
export function showCalendar(c: PatientContext, { env, now, tenant }: Context, visit: LinkedVisit): Response {
  const { locale, clinic } = frameOf(c, undefined, visit.locale);
  const { appointmentId, officeName, officeAddress, startsAt, endsAt, updatedAt } = visit;
  const host = tenant.settings.hosts[0] ?? new URL(env.PUBLIC_URL).host;
  const entry = calendarEntry({
    uid: `${appointmentId}@${host}`,
    sequence: Math.floor(updatedAt / 1000),
    madeAt: now(),
    startsAt,
    endsAt,
    summary: visitWords(locale).entry(clinic.name),
    location: [officeName, officeAddress].filter(Boolean).join(", "),
  });
  const headers = {
    "content-type": "text/calendar; charset=utf-8",
    "content-disposition": 'attachment; filename="visit.ics"',
  };
  return c.body(entry, 200, headers);
}

/** An address under this link, in the language that was chosen on the page. */
export function hrefOf(c: PatientContext, path: "" | "/time" | "/fresh" | "/ics"): string {
  const chosen = c.req.query("lang");
  const query = chosen && /^[a-z]{2}$/.test(chosen) ? `?lang=${chosen}` : "";
  return `/v/${encodeURIComponent(c.var.visit.token)}${path}${query}`;
}

/** `Tuesday, March 16, 9:00 AM`, by the office's clock. */
function whenOf({ startsAt, timeZone }: LinkedVisit, language: string): string {
  const clock = { language, timeZone };
  return `${momentText(startsAt, "day-long", clock)}, ${momentText(startsAt, "time-12h", clock)}`;
}

function keptText({ entries }: PostedForm): string {
  const fields = anotherTime.pages.flatMap(textFieldsOf);
  const own = entries.filter(([field]) => fields.includes(field));
  return own.map(([, value]) => cleanText(value, { lines: true })).join("\n");
}
