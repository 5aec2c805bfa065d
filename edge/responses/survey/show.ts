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
import { answerWith, printedForm } from "./printed-form.ts";
import type { PostedForm } from "./read-form.ts";
import { makeThanksProof, PROOF_PARAMETER } from "./thanks-proof.ts";
import type { PatientContext } from "./visit.ts";

const RETRY_SECONDS = "60";

/** The language of the answer, from those that both the clinic and the survey speak. */
export function localeOf(c: PatientContext, survey?: SurveyDefinition, own: string | null = null): string {
  return chooseLocale(offered(c, survey), {
    chosen: c.req.query("lang"),
    own,
    browser: c.req.header("accept-language"),
  });
}

type FormPage = {
  survey: SurveyDefinition;
  page: Page;
  own: string | null;
  earlier?: Answers;
  posted?: PostedForm;
  problems?: Problem[];
  tryLater?: boolean;
};

/** A page of the form: fresh, or with what was typed and what is wrong with it. */
export async function showForm(c: PatientContext, form: FormPage) {
  const { survey, page, own, posted } = form;
  const frame = frameOf(c, survey, own);
  // To where it was opened, so that the page says nothing of the link and all who open one get the same.
  const action = languageQuery(c, frame.locale, survey) || "?";
  const status = form.tryLater ? 503 : posted ? 400 : 200;
  if (form.tryLater) c.header("retry-after", RETRY_SECONDS);
  const isUntouched = !posted && !form.earlier && !form.problems && !form.tryLater;
  if (!isUntouched) return c.html(renderForm(form, { ...frame, action }), status);
  const key = JSON.stringify([surveyKey(survey), page.id, frame.clinic, frame.locale, frame.languages, action]);
  const print = await printedForm(key, () => renderForm(form, { ...frame, action, nonce: "" }));
  c.set("styleSource", print.styleSource);
  return answerWith(print, c.req.header("accept-encoding"));
}

function renderForm({ survey, posted, own: _own, ...rest }: FormPage, frame: Frame & { action: string }) {
  const typed = new Map<string, string[]>();
  for (const [field, value] of posted?.entries ?? []) typed.set(field, [...(typed.get(field) ?? []), value]);
  return surveyPage({
    ...frame,
    ...rest,
    survey,
    typed,
    // Following the language link would lose what was typed.
    languages: posted ? [] : (frame.languages ?? []),
    formVersion: surveyKey(survey),
  });
}

/** The page after the answers, with what must be said at once to a patient who gave them. */
export function showDone(
  c: PatientContext,
  done: { survey: SurveyDefinition | undefined; own: string | null; answers: Answers; proof: string },
) {
  const { survey, answers } = done;
  const frame = frameOf(c, survey, done.own, { [PROOF_PARAMETER]: done.proof });
  const alerts = survey?.alerts.filter((alert) => holds(alert.when, answers)) ?? [];
  const advice = alerts.map((alert) => alert.say[frame.locale] ?? "");
  return c.html(donePage({ ...frame, survey, advice }));
}

/** For answers that were here before; a success, not an error, to whoever sends them again after a lost reply. */
export function showReceived(c: PatientContext, survey: SurveyDefinition, moreOpen: boolean) {
  const frame = { ...frameOf(c, survey, null), languages: [] };
  const moreHref = moreOpen ? hrefOf(c, "/more", frame.locale, survey) : undefined;
  return c.html(alreadyReceivedPage({ ...frame, moreHref, help: survey.help?.[frame.locale] }));
}

/** The one answer to every link that is not open. */
export function showNotOpen(c: PatientContext, posted?: PostedForm) {
  const frame = frameOf(c, undefined, null);
  const freshAction = hrefOf(c, "/fresh", frame.locale, undefined);
  return c.html(notOpenPage({ ...frame, freshAction, kept: posted ? keptTexts(posted) : [] }), 404);
}

export function showFreshSent(c: PatientContext) {
  return c.html(freshSentPage({ ...frameOf(c, undefined, null), languages: [] }));
}

/** For an address that asked for too many links that are not there: no page, because no patient does that. */
export function showTooMany(c: PatientContext) {
  c.header("retry-after", RETRY_SECONDS);
  return c.text("Too many requests", 429);
}

/** The store does not answer. The link stays as good as it was. */
export function showLater(c: PatientContext) {
  c.header("retry-after", RETRY_SECONDS);
  return c.html(laterPage({ ...frameOf(c, undefined, null), languages: [] }), 503);
}

/** Where whoever has just sent answers goes next: to the thanks, with the proof that they are due. */
export async function doneHref(c: PatientContext, locale: string, survey: SurveyDefinition | undefined) {
  const proof = await makeThanksProof(c.var.env.LINK_KEYS, c.var.visit.token, c.var.now());
  const href = hrefOf(c, "/done", locale, survey);
  return `${href}${href.includes("?") ? "&" : "?"}${PROOF_PARAMETER}=${proof}`;
}

/** An address under this link, naming the language unless the browser itself asks for it. */
export function hrefOf(
  c: PatientContext,
  path: "/more" | "/done" | "/fresh",
  locale: string,
  survey: SurveyDefinition | undefined,
): string {
  return `/s/${encodeURIComponent(c.var.visit.token)}${path}${languageQuery(c, locale, survey)}`;
}

function languageQuery(c: PatientContext, locale: string, survey: SurveyDefinition | undefined): string {
  const browser = c.req.header("accept-language");
  const unasked = chooseLocale(offered(c, survey), { chosen: undefined, own: null, browser });
  return locale === unasked ? "" : `?lang=${locale}`;
}

/** What every page needs. `own` is the reader's language where it is known; `kept` stays in the address when it changes. */
export function frameOf(
  c: PatientContext,
  survey: SurveyDefinition | undefined,
  own: string | null,
  kept: Record<string, string> = {},
): Frame {
  const locale = localeOf(c, survey, own);
  return {
    clinic: c.var.visit.clinic,
    locale,
    nonce: c.var.nonce,
    languages: offered(c, survey)
      .filter((other) => other !== locale)
      .map((other) => ({ locale: other, href: `?${new URLSearchParams({ lang: other, ...kept })}` })),
  };
}

function offered(c: PatientContext, survey: SurveyDefinition | undefined): string[] {
  const spoken = survey ? survey.locales : formLocales;
  const both = c.var.visit.locales.filter((locale) => spoken.includes(locale));
  return both.length > 0 ? both : spoken.slice(0, 1);
}
