import { isStoreUnavailable } from "../../../db/connect.ts";
import { findSurvey } from "../../../templates/surveys/catalogue.ts";
import { HearbackError } from "../../errors.ts";
import { readLinkToken } from "../../link-token.ts";
import { holdAnswers } from "./hold-answers.ts";
import { limitMisses } from "./limit-misses.ts";
import { readAnswers } from "./read-answers.ts";
import { ownOrigins, type PostedForm, readForm } from "./read-form.ts";
import { doneHref, hrefOf, localeOf, showForm, showNotOpen, showReceived, showTooMany } from "./show.ts";
import { type Outcome, type Submission, takeAnswers } from "./take-answers.ts";
import type { PatientContext } from "./visit.ts";

/** A posted page: taken, or answered with what stands in the way, and never lost because the store is down. */
export async function submit(c: PatientContext, step: Submission["step"]): Promise<Response> {
  const form = await readForm(c.req.raw, ownOrigins(c));
  const { token, tokenHash, ctx } = c.var.visit;
  if (!tokenHash) return (await limitMisses(c)) ? showTooMany(c) : showNotOpen(c, form);
  const survey = findSurvey(form.formVersion);
  const submission = { token, tokenHash, step, ...form, locale: localeOf(c, survey) };
  if (!ctx) return keep(c, submission, form);
  try {
    return await answer(c, await takeAnswers(ctx, submission), submission, form);
  } catch (error) {
    if (isStoreUnavailable(error)) return keep(c, submission, form);
    throw error;
  }
}

async function answer(
  c: PatientContext,
  outcome: Outcome,
  { formVersion, locale }: Submission,
  form: PostedForm,
): Promise<Response> {
  switch (outcome.kind) {
    case "saved": {
      const survey = findSurvey(formVersion);
      return c.redirect(outcome.next ? hrefOf(c, "/more", locale, survey) : await doneHref(c, locale, survey), 303);
    }
    case "received":
      return showReceived(c, outcome.survey, outcome.moreOpen);
    case "not_open":
      return showNotOpen(c, form);
    case "other_version":
      throw new HearbackError("BAD_REQUEST", "This form is not the one that the link asks for. Open the link again.");
    case "problems":
      return showForm(c, { ...outcome, own: null, posted: form });
  }
}

/**
 * The store is down: the answers go into the spool, and the patient is thanked, because they are safe there. What no
 * page of the survey could have posted is not worth keeping.
 */
async function keep(c: PatientContext, submission: Submission, form: PostedForm): Promise<Response> {
  const survey = findSurvey(form.formVersion);
  const page = survey?.pages[submission.step === "first" ? 0 : 1];
  if (!survey || !page) throw new HearbackError("BAD_REQUEST", "This form is none of ours. Open the link again.");
  const { problems } = readAnswers(survey, page.id, form.entries);
  if (problems.length > 0) return showForm(c, { survey, page, own: null, posted: form, problems });
  const ours = await readLinkToken(c.var.env.LINK_KEYS, submission.token);
  const isHeld = ours && (await holdAnswers(c.var.env, { ...submission, tenantNumber: ours.tenantNumber }));
  if (isHeld) return c.redirect(await doneHref(c, submission.locale, survey), 303);
  return showForm(c, { survey, page, own: null, posted: form, tryLater: true });
}
