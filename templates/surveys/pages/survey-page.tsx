import type { Page, SurveyDefinition } from "../definition.ts";
import { type Answers, fieldsOf, holds, type Problem, questionsOf } from "../questions.ts";
import { formWords } from "../words.ts";
import { type Frame, frame } from "./frame.tsx";
import { firstControlOf, QuestionField, type Typed } from "./question.tsx";
import { dependentStyle } from "./style.ts";

/** The form's own field: which survey and version the patient saw. No question can have this name. */
export const VERSION_FIELD = "form-version";

export type SurveyPageProps = Frame & {
  survey: SurveyDefinition;
  page: Page;
  formVersion: string;
  /** Where the form is posted. */
  action: string;
  /** Answers of earlier pages, on which questions here may depend. */
  earlier?: Answers;
  /** Set when the form is shown again: nothing a patient typed is lost. */
  typed?: Typed;
  problems?: Problem[];
  /** The answers could not be kept and should be sent again. */
  tryLater?: boolean;
  /** Stands above all else, instead of the words for that. */
  notice?: { title: string; text: string } | undefined;
  /** In place of the survey's own introduction, and of the words on the button. */
  lead?: string;
  send?: string;
};

/** One page of a survey, complete without script. With problems, focus goes to their summary. */
export function surveyPage(props: SurveyPageProps) {
  const { survey, page, locale, action, earlier = {}, typed = new Map(), problems = [], tryLater = false } = props;
  const words = formWords(locale);
  const notice = props.notice ?? (tryLater ? words.tryLater : undefined);
  const here = fieldsOf(page);
  const shown = page.questions.filter(
    ({ showIf }) => !showIf || here.includes(showIf.question) || holds(showIf, earlier),
  );
  const title = page.title[locale] ?? "";
  const isFirst = page === survey.pages[0];
  return frame({
    ...props,
    title: problems.length > 0 || notice ? `${words.errorPrefix}: ${title}` : title,
    extraStyle: dependentStyle(page),
    help: survey.help?.[locale],
    children: (
      <>
        {notice ? <Notice {...notice} /> : null}
        {problems.length > 0 ? <Summary page={page} problems={problems} locale={locale} /> : null}
        <h1>{title}</h1>
        <p class="lead">{props.lead ?? (isFirst ? survey.intro : page.intro)?.[locale]}</p>
        <form method="post" action={action} novalidate>
          <input type="hidden" name={VERSION_FIELD} value={props.formVersion} />
          {shown.map((question) => (
            <QuestionField question={question} locale={locale} typed={typed} problems={problems} />
          ))}
          {page.gate ? (
            <Gate gate={page.gate} locale={locale} />
          ) : (
            <button type="submit">{props.send ?? words.send}</button>
          )}
        </form>
        {isFirst ? <p class="note">{survey.privacy[locale]}</p> : null}
      </>
    ),
  });
}

function Gate({ gate, locale }: { gate: NonNullable<Page["gate"]>; locale: string }) {
  const hintId = gate.hint ? `${gate.id}-hint` : undefined;
  return (
    <fieldset aria-describedby={hintId}>
      <legend>{gate.ask[locale]}</legend>
      {gate.hint ? (
        <p class="hint" id={hintId}>
          {gate.hint[locale]}
        </p>
      ) : null}
      <div class="pair">
        <button type="submit" name={gate.id} value="Yes">
          {gate.yes[locale]}
        </button>
        <button type="submit" name={gate.id} value="No" class="plain">
          {gate.no[locale]}
        </button>
      </div>
    </fieldset>
  );
}

function Notice({ title, text }: { title: string; text: string }) {
  return (
    <div class="summary" role="alert" tabindex={-1} autofocus>
      <h2>{title}</h2>
      <p>{text}</p>
    </div>
  );
}

function Summary({ page, problems, locale }: { page: Page; problems: Problem[]; locale: string }) {
  const words = formWords(locale);
  return (
    <div class="summary" role="alert" tabindex={-1} autofocus>
      <h2>{words.errorTitle}</h2>
      <ul>
        {problems.map((problem) => (
          <li>
            <a href={`#${controlOf(page, problem.question)}`}>
              {askOf(page, problem.question, locale)} {words.problems[problem.code]}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function controlOf(page: Page, field: string): string {
  const question = questionsOf(page).find((each) => each.id === field);
  return question ? firstControlOf(question) : field;
}

function askOf(page: Page, field: string, locale: string): string {
  for (const question of questionsOf(page)) {
    if (question.id === field) return question.ask[locale] ?? "";
    if (question.kind === "select" && question.other?.id === field) return question.other.ask[locale] ?? "";
  }
  return "";
}
