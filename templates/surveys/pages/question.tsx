import type { Child } from "hono/jsx";
import type { Question } from "../definition.ts";
import type { Problem } from "../questions.ts";
import { formWords } from "../words.ts";
import { Face } from "./face.tsx";
import { Ask, ErrorText, Notes, notesOf } from "./question-notes.tsx";

/** What was typed before, by field, when the form is shown again. */
export type Typed = ReadonlyMap<string, readonly string[]>;

type Asked<Kind extends Question["kind"] = Question["kind"]> = {
  question: Extract<Question, { kind: Kind }>;
  locale: string;
  typed: Typed;
  problems: Problem[];
};

/** One question with its words always on show, beside the control and in its accessible name. */
export function QuestionField(asked: Asked) {
  const { question } = asked;
  if (question.kind === "text") return <TextField {...asked} question={question} />;
  if (question.kind === "select") return <SelectField {...asked} question={question} />;
  return (
    <Group {...asked}>
      <Options {...asked} question={question} />
    </Group>
  );
}

/** Where an error link leads: the first control of the question. */
export function firstControlOf(question: Question): string {
  return question.kind === "text" || question.kind === "select" ? question.id : `${question.id}-0`;
}

function Group({ question, locale, problems, children }: Asked & { children?: Child }) {
  const wrong = problems.some((problem) => problem.question === question.id);
  return (
    <fieldset id={`box-${question.id}`} class={wrong ? "wrong" : ""} aria-describedby={notesOf(question, problems)}>
      <legend>
        <Ask question={question} locale={locale} />
      </legend>
      <Notes question={question} locale={locale} problems={problems} />
      {children}
    </fieldset>
  );
}

function Options({ question, locale, typed }: Asked<"choice" | "faces" | "yesNo" | "scale" | "multi">) {
  const chosen = typed.get(question.id) ?? [];
  const layout = { faces: "faces", scale: "scale", yesNo: "pair", choice: "", multi: "" }[question.kind];
  return (
    <div class={layout}>
      {labelled(question, locale).map(({ value, label }, place) => (
        <label class="o">
          <input
            type={question.kind === "multi" ? "checkbox" : "radio"}
            id={`${question.id}-${place}`}
            name={question.id}
            value={value}
            checked={chosen.includes(value)}
          />
          <span>
            {question.kind === "faces" ? <Face place={place} /> : null}
            {label}
          </span>
        </label>
      ))}
    </div>
  );
}

function labelled(question: Asked<"choice" | "faces" | "yesNo" | "scale" | "multi">["question"], locale: string) {
  const words = formWords(locale);
  if (question.kind === "yesNo") {
    return [
      { value: "Yes", label: words.yes },
      { value: "No", label: words.no },
    ];
  }
  if (question.kind === "scale") {
    const steps = Array.from({ length: question.max - question.min + 1 }, (_, step) => String(question.min + step));
    return steps.map((value) => ({ value, label: value }));
  }
  return question.options.map(({ value, label }) => ({ value, label: label[locale] ?? value }));
}

function SelectField({ question, locale, typed, problems }: Asked<"select">) {
  const chosen = typed.get(question.id)?.[0];
  const wrong = problems.some((problem) => problem.question === question.id);
  return (
    <div id={`box-${question.id}`} class={wrong ? "box wrong" : "box"}>
      <label class="ask" for={question.id}>
        <Ask question={question} locale={locale} />
      </label>
      <Notes question={question} locale={locale} problems={problems} />
      <select id={question.id} name={question.id} aria-describedby={notesOf(question, problems)} aria-invalid={wrong}>
        <option value="">{formWords(locale).choose}</option>
        {question.options.map(({ value, label }, place) => (
          <option id={`${question.id}-${place}`} value={value} selected={value === chosen}>
            {label[locale]}
          </option>
        ))}
      </select>
      {question.other ? <OtherField other={question.other} locale={locale} typed={typed} problems={problems} /> : null}
    </div>
  );
}

type Other = NonNullable<Asked<"select">["question"]["other"]>;

function OtherField({ other, locale, typed, problems }: Omit<Asked, "question"> & { other: Other }) {
  const { id, maxLength, ask } = other;
  const wrong = problems.find((problem) => problem.question === id);
  return (
    <div class="other" id={`box-${id}`}>
      <label for={id}>{ask[locale]}</label>
      {wrong ? <ErrorText id={`${id}-error`} problem={wrong} words={formWords(locale)} /> : null}
      <input
        type="text"
        id={id}
        name={id}
        maxlength={maxLength}
        autocomplete="off"
        value={typed.get(id)?.[0] ?? ""}
        aria-describedby={wrong ? `${id}-error` : undefined}
        aria-invalid={Boolean(wrong)}
      />
    </div>
  );
}

function TextField({ question, locale, typed, problems }: Asked<"text">) {
  const wrong = problems.some((problem) => problem.question === question.id);
  const value = typed.get(question.id)?.[0] ?? "";
  const control = {
    id: question.id,
    name: question.id,
    maxlength: question.maxLength,
    autocomplete: "off",
    "aria-describedby": notesOf(question, problems),
    "aria-invalid": wrong,
  };
  return (
    <div id={`box-${question.id}`} class={wrong ? "box wrong" : "box"}>
      <label class="ask" for={question.id}>
        <Ask question={question} locale={locale} />
      </label>
      <Notes question={question} locale={locale} problems={problems} />
      {question.long ? (
        <textarea {...control} rows={4}>
          {value}
        </textarea>
      ) : (
        <input type="text" {...control} value={value} />
      )}
    </div>
  );
}
