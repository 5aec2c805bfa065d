/** Small questions that the form, the reader of answers and the consistency check all ask about a definition. */
import type { Condition, Page, Question, SurveyDefinition } from "./definition.ts";

/** An answer as stored: an option's value, a whole number, the chosen values of a multiple choice, or text. */
export type Answer = string | number | string[];
export type Answers = Record<string, Answer>;

/** What can be wrong with one posted field. */
export type ProblemCode =
  | "required"
  | "other_required"
  | "not_an_option"
  | "not_a_number"
  | "too_many"
  | "too_long"
  | "repeated"
  | "wrong_page";

/** A field and what is wrong with it. Holds no answer, so it may be logged. */
export type Problem = { question: string; code: ProblemCode };

type Definition = Pick<SurveyDefinition, "pages">;

/** The questions of a page in order; its gate comes last, as on the screen. */
export function questionsOf(page: Page): Question[] {
  if (!page.gate) return page.questions;
  const { yes: _yes, no: _no, ...gate } = page.gate;
  return [...page.questions, gate];
}

/** Every name that may be posted for the page: the questions and the texts that go with "other". */
export function fieldsOf(page: Page): string[] {
  return questionsOf(page).flatMap((question) =>
    question.kind === "select" && question.other ? [question.id, question.other.id] : [question.id],
  );
}

/** Those of the page's fields that hold a patient's own words. */
export function textFieldsOf(page: Page): string[] {
  return questionsOf(page).flatMap((question) => {
    if (question.kind === "text") return [question.id];
    return question.kind === "select" && question.other ? [question.other.id] : [];
  });
}

/** The values that may be stored for a question; null for free text. */
export function valuesOf(question: Question): (string | number)[] | null {
  if (question.kind === "text") return null;
  if (question.kind === "yesNo") return ["Yes", "No"];
  if (question.kind === "scale") {
    return Array.from({ length: question.max - question.min + 1 }, (_, step) => question.min + step);
  }
  return question.options.map((option) => option.value);
}

/** Whether the answers given so far meet the condition; no condition is always met. */
export function holds(condition: Condition | undefined, answers: Answers): boolean {
  if (!condition) return true;
  const given = Object.hasOwn(answers, condition.question) ? answers[condition.question] : undefined;
  if (given === undefined) return false;
  return [given].flat().some((value) => condition.is.includes(value));
}

/** The first page after `pageId` that these answers lead to, or undefined at the end. */
export function pageAfter(survey: Definition, pageId: string, answers: Answers): Page | undefined {
  const place = survey.pages.findIndex((page) => page.id === pageId);
  return survey.pages.slice(place + 1).find((page) => holds(page.showIf, answers));
}
