import type { Question, SurveyDefinition } from "../../../templates/surveys/definition.ts";
import {
  type Answer,
  type Answers,
  fieldsOf,
  holds,
  type Problem,
  type ProblemCode,
  questionsOf,
  valuesOf,
} from "../../../templates/surveys/questions.ts";
import { cleanText } from "./clean-text.ts";

/** `dropped` counts the fields that are no question of any page: nothing of them is kept. */
export type Reading = { answers: Answers; problems: Problem[]; dropped: number };

/** The page's allow-list at work: which raw values were posted for which of its fields. */
type Posted = Map<string, string[]>;

/**
 * Reads one posted page. Only the page's own questions are read, and only values that the survey offers are taken;
 * a question that its condition hides is left out whatever was posted for it. With problems, nothing may be stored.
 * @param earlier answers of earlier pages, on which this page's conditions may depend
 */
export function readAnswers(
  survey: SurveyDefinition,
  pageId: string,
  entries: Iterable<readonly [string, string]>,
  earlier: Answers = {},
): Reading {
  const page = survey.pages.find((each) => each.id === pageId);
  if (!page) throw new RangeError(`survey ${survey.id} has no page ${pageId}`);
  const elsewhere = survey.pages.filter((each) => each !== page).flatMap(fieldsOf);
  const { posted, problems, dropped } = sortEntries(entries, fieldsOf(page), elsewhere);
  const answers: Answers = {};
  for (const question of questionsOf(page)) {
    if (holds(question.showIf, { ...earlier, ...answers })) readQuestion(question, posted, answers, problems);
  }
  return { answers, problems, dropped };
}

function sortEntries(entries: Iterable<readonly [string, string]>, here: string[], elsewhere: string[]) {
  const posted: Posted = new Map(here.map((field) => [field, []]));
  const problems: Problem[] = [];
  let dropped = 0;
  for (const [field, value] of entries) {
    const values = posted.get(field);
    if (values) values.push(value);
    else if (elsewhere.includes(field)) problems.push({ question: field, code: "wrong_page" });
    else dropped += 1;
  }
  return { posted, problems, dropped };
}

function readQuestion(question: Question, posted: Posted, answers: Answers, problems: Problem[]): void {
  const raw = posted.get(question.id) ?? [];
  const read = question.kind === "multi" ? readMulti(question, raw) : readOne(question, raw);
  if ("code" in read) {
    problems.push({ question: question.id, code: read.code });
    return;
  }
  if (read.answer === undefined) {
    if (question.required) problems.push({ question: question.id, code: "required" });
    return;
  }
  answers[question.id] = read.answer;
  if (question.kind === "select") readOther(question, posted, answers, problems);
}

type Read = { answer: Answer | undefined } | { code: ProblemCode };

function readOne(question: Question, raw: string[]): Read {
  if (raw.length > 1) return { code: "repeated" };
  const [value = ""] = raw;
  if (question.kind === "text") return readText(value, question.long, question.maxLength);
  if (value === "") return { answer: undefined };
  if (question.kind === "scale") return readNumber(question, value);
  return valuesOf(question)?.includes(value) ? { answer: value } : { code: "not_an_option" };
}

/** Digits only: `5 `, `5.0`, `1e1`, `NaN` and `-0` are not among the numbers that the form offers. */
function readNumber(question: Question, value: string): Read {
  if (!/^-?(0|[1-9]\d{0,5})$/.test(value) || value === "-0") return { code: "not_a_number" };
  return valuesOf(question)?.includes(Number(value)) ? { answer: Number(value) } : { code: "not_an_option" };
}

function readText(value: string, long: boolean, maxLength: number): Read {
  const text = cleanText(value, { lines: long });
  if (text.length > maxLength) return { code: "too_long" };
  return { answer: text === "" ? undefined : text };
}

function readMulti(question: Extract<Question, { kind: "multi" }>, raw: string[]): Read {
  const offered = question.options.map((option) => option.value);
  const chosen = raw.filter((value) => value !== "");
  if (new Set(chosen).size < chosen.length) return { code: "repeated" };
  if (!chosen.every((value) => offered.includes(value))) return { code: "not_an_option" };
  if (question.atMost && chosen.length > question.atMost) return { code: "too_many" };
  return { answer: chosen.length === 0 ? undefined : offered.filter((value) => chosen.includes(value)) };
}

/** The details of "other": asked for with it, and gone with any other choice. */
function readOther(
  { id, other }: Extract<Question, { kind: "select" }>,
  posted: Posted,
  answers: Answers,
  problems: Problem[],
): void {
  if (!other || answers[id] !== other.value) return;
  const raw = posted.get(other.id) ?? [];
  const read = raw.length > 1 ? { code: "repeated" as const } : readText(raw[0] ?? "", false, other.maxLength);
  if ("code" in read) problems.push({ question: other.id, code: read.code });
  else if (read.answer === undefined) problems.push({ question: other.id, code: "other_required" });
  else answers[other.id] = read.answer;
}
