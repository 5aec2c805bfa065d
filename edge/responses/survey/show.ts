import { surveyKey } from "../../../templates/surveys/catalogue.ts";
import type { Page, SurveyDefinition } from "../../../templates/surveys/definition.ts";
import type { Frame } from "../../../templates/surveys/pages/frame.tsx";
import {
  alreadyReceivedPage,
  donePage,
  freshSentPage,
  laterPage,
  notOpenPage,
} from "../../../templates/surveys/pages/notices.tsx";
import { surveyPage } from "../../../templates/surveys/pages/survey-page.tsx";
import { type Answers, holds, type Problem } from "../../../templates/surveys/questions.ts";
import { formLocales } from "../../../templates/surveys/words.ts";
import { chooseLocale } from "./choose-locale.ts";
import { keptTexts } from "./kept-texts.ts";
import type { PostedForm } from "./read-form.ts";
import type { PatientContext } from "./visit.ts";

/** The language of the answer, from those that both the clinic and the survey speak. */
export function localeOf(c: PatientContext, survey?: SurveyDefinition, own: string | null = null): string {
  return chooseLocale(offered(c, survey), {
    chosen: c.req.query("lang"),
    own,
    browser: c.req.header("accept-language"),
  });
}

/** A page of the form: fresh, or with what was typed and what is wrong with it. */
export function showForm(
  c: PatientContext,
  form: {
    survey: SurveyDefinition;
    page: Page;
    own: string | null;
    earlier?: Answers;
    posted?: PostedForm;
    problems?: Problem[];
    tryLater?: boolean;
  },
) {
  const { survey, posted, own, ...rest } = form;
  const frame = frameOf(c, survey, own);
  const typed = new Map<string, string[]>();
  for (const [field, value] of posted?.entries ?? []) typed.set(field, [...(typed.get(field) ?? []), value]);
  const status = form.tryLater ? 503 : posted ? 400 : 200;
  if (form.tryLater) c.header("retry-after", "60");
  return c.html(
    surveyPage({
      ...frame,
      ...rest,
      survey,
      typed,
      // Following the language link would lose what was typed.
      languages: posted ? [] : (frame.languages ?? []),
      formVersion: surveyKey(survey),
      action: hrefOf(c, form.page === survey.pages[0] ? "" : "/more"),
    }),
    status,
  );
}

/** The page after the answers, with what must be said at once to a patient who gave them. */
export function showDone(
  c: PatientContext,
  survey: SurveyDefinition | undefined,
  own: string | null,
  answers: Answers,
) {
  const frame = frameOf(c, survey, own);
  const alerts = survey?.alerts.filter((alert) => holds(alert.when, answers)) ?? [];
  const advice = alerts.map((alert) => alert.say[frame.locale] ?? "");
  return c.html(donePage({ ...frame, survey, advice }));
}

/** For answers that were here before; a success, not an error, to whoever sends them again after a lost reply. */
export function showReceived(c: PatientContext, survey: SurveyDefinition, moreOpen: boolean) {
  const frame = { ...frameOf(c, survey, null), languages: [] };
  const moreHref = moreOpen ? hrefOf(c, "/more") : undefined;
  return c.html(alreadyReceivedPage({ ...frame, moreHref, help: survey.help?.[frame.locale] }));
}

/** The one answer to every link that is not open. */
export function showNotOpen(c: PatientContext, posted?: PostedForm) {
  const frame = frameOf(c, undefined, null);
  const freshAction = hrefOf(c, "/fresh");
  return c.html(notOpenPage({ ...frame, freshAction, kept: posted ? keptTexts(posted) : [] }), 404);
}

export function showFreshSent(c: PatientContext) {
  return c.html(freshSentPage({ ...frameOf(c, undefined, null), languages: [] }));
}

/** The store does not answer. The link stays as good as it was. */
export function showLater(c: PatientContext) {
  c.header("retry-after", "60");
  return c.html(laterPage({ ...frameOf(c, undefined, null), languages: [] }), 503);
}

/** An address under this link, keeping the language if one was chosen. */
export function hrefOf(c: PatientContext, path: "" | "/more" | "/done" | "/fresh"): string {
  const chosen = c.req.query("lang");
  const query = chosen && formLocales.includes(chosen) ? `?lang=${chosen}` : "";
  return `/s/${encodeURIComponent(c.var.visit.token)}${path}${query}`;
}

function frameOf(c: PatientContext, survey: SurveyDefinition | undefined, own: string | null): Frame {
  const locale = localeOf(c, survey, own);
  return {
    clinic: c.var.visit.clinic,
    locale,
    nonce: c.var.secureHeadersNonce ?? "",
    languages: offered(c, survey)
      .filter((other) => other !== locale)
      .map((other) => ({ locale: other, href: `?lang=${other}` })),
  };
}

function offered(c: PatientContext, survey: SurveyDefinition | undefined): string[] {
  const spoken = survey ? survey.locales : formLocales;
  const both = c.var.visit.locales.filter((locale) => spoken.includes(locale));
  return both.length > 0 ? both : spoken.slice(0, 1);
}
