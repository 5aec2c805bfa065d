import { findSurvey, surveyKey } from "../../../templates/surveys/catalogue.ts";
import type { Page, SurveyDefinition } from "../../../templates/surveys/definition.ts";
import { type Answers, type Problem, pageAfter } from "../../../templates/surveys/questions.ts";
import type { Context } from "../../context.ts";
import { findLink, type Link } from "./find-link.ts";
import { readAnswers } from "./read-answers.ts";
import { type Draft, findDraft, storeFirstPage, storeLaterPage } from "./store-answers.ts";

/** One posted page as it came, whether from the patient just now or from the spool later. */
export type Submission = {
  token: string;
  tokenHash: string;
  step: "first" | "more";
  /** The survey and version that the form said it was, such as `common-ground@1`. */
  formVersion: string;
  entries: [string, string][];
  locale: string;
};

export type Outcome =
  /** `next`: there is another page for this patient. */
  | { kind: "saved"; next: boolean }
  /** These answers were here already; nothing changed. `moreOpen`: a later page still waits. */
  | { kind: "received"; survey: SurveyDefinition; moreOpen: boolean }
  /** Unknown, expired, or no such page for this link: which of them is not for the caller to know. */
  | { kind: "not_open" }
  /** A form of another survey or version, or none: no page of ours posts that. */
  | { kind: "other_version" }
  | { kind: "problems"; survey: SurveyDefinition; page: Page; earlier: Answers; problems: Problem[] };

/** Takes one page of answers, once. Repeats and parallel posts are told that they were received before. */
export async function takeAnswers(ctx: Context, submission: Submission): Promise<Outcome> {
  // Almost every post is a first page that can be stored as it is: no reading before that, the store itself judges.
  const first = submission.step === "first" ? await takeFirstPage(ctx, submission) : null;
  if (first?.kind === "saved") return first;
  const { token, tokenHash, formVersion } = submission;
  const link = await findLink(ctx, tokenHash);
  if (!link) return { kind: "not_open" };
  const draft = link.answered ? await findDraft(ctx, token) : null;
  if (submission.step === "first" && link.answered) return received(link.survey, draft);
  if (link.expiresAt <= ctx.now()) return { kind: "not_open" };
  if (formVersion !== surveyKey(link.survey)) return { kind: "other_version" };
  return first ?? takeLaterPage(ctx, link, submission, draft);
}

/** Stores the page if its link is open: `not_open` is said of any link that is not, or not for this survey. */
async function takeFirstPage(ctx: Context, submission: Submission): Promise<Outcome> {
  const survey = findSurvey(submission.formVersion);
  const page = survey?.pages[0];
  if (!survey || !page) return { kind: "not_open" };
  const { answers, problems, dropped } = readAnswers(survey, page.id, submission.entries);
  logDropped(ctx, dropped);
  if (problems.length > 0) return { kind: "problems", survey, page, earlier: {}, problems };
  const { token, tokenHash, locale } = submission;
  const stored = await storeFirstPage(ctx, { survey, token, tokenHash, answers, locale });
  return stored ? { kind: "saved", next: pageAfter(survey, page.id, answers) !== undefined } : { kind: "not_open" };
}

async function takeLaterPage(ctx: Context, link: Link, submission: Submission, draft: Draft | null): Promise<Outcome> {
  const { survey } = link;
  if (!draft) return { kind: "not_open" };
  if (draft.status === "completed") return received(survey, draft);
  const page = pageAfter(survey, survey.pages[0]?.id ?? "", draft.answers);
  if (!page) return { kind: "not_open" };
  const { answers, problems, dropped } = readAnswers(survey, page.id, submission.entries, draft.answers);
  logDropped(ctx, dropped);
  if (problems.length > 0) return { kind: "problems", survey, page, earlier: draft.answers, problems };
  const stored = await storeLaterPage(ctx, { link, draft, answers });
  return stored ? { kind: "saved", next: false } : received(survey, { ...draft, status: "completed" });
}

function received(survey: SurveyDefinition, draft: Draft | null): Outcome {
  return { kind: "received", survey, moreOpen: draft?.status === "in-progress" };
}

function logDropped(ctx: Context, dropped: number): void {
  if (dropped > 0) ctx.log.warn("survey fields dropped", { count: dropped });
}
