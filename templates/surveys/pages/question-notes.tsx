import type { Question } from "../definition.ts";
import type { Problem } from "../questions.ts";
import { type FormWords, formWords } from "../words.ts";

type Noted = { question: Question; locale: string };

/** The words of the question, and whether it must be answered. */
export function Ask({ question, locale }: Noted) {
  return (
    <>
      {question.ask[locale]}
      {question.required ? <span class="mark"> ({formWords(locale).required})</span> : null}
    </>
  );
}

/** Hint, ends of the scale and error, each with the id that `notesOf` names. */
export function Notes({ question, locale, problems }: Noted & { problems: Problem[] }) {
  const wrong = problems.find((problem) => problem.question === question.id);
  return (
    <>
      {question.hint ? (
        <p class="hint" id={`${question.id}-hint`}>
          {question.hint[locale]}
        </p>
      ) : null}
      {question.kind === "scale" ? (
        <p class="hint" id={`${question.id}-ends`}>
          {question.min} = {question.low[locale]}, {question.max} = {question.high[locale]}
        </p>
      ) : null}
      {wrong ? <ErrorText id={`${question.id}-error`} problem={wrong} words={formWords(locale)} /> : null}
    </>
  );
}

/** What is wrong with one field, in words. */
export function ErrorText({ id, problem, words }: { id: string; problem: Problem; words: FormWords }) {
  return (
    <p class="error" id={id}>
      {words.problems[problem.code]}
    </p>
  );
}

/** The ids of the notes that belong to the question, for `aria-describedby`; undefined where there are none. */
export function notesOf(question: Question, problems: Problem[]): string | undefined {
  const notes = [
    question.hint ? `${question.id}-hint` : "",
    question.kind === "scale" ? `${question.id}-ends` : "",
    problems.some((problem) => problem.question === question.id) ? `${question.id}-error` : "",
  ].filter((id) => id !== "");
  return notes.length > 0 ? notes.join(" ") : undefined;
}
