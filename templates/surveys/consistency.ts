import type { Condition, Question, SurveyDefinition, Words } from "./definition.ts";
import { fieldsOf, questionsOf, valuesOf } from "./questions.ts";

/**
 * Everything that is wrong with a survey although each part has the right shape: repeated names, references to
 * questions or values that do not exist or come later, missing translations. Empty when all is well.
 */
export function findInconsistencies(survey: SurveyDefinition): string[] {
  return [...repeatedNames(survey), ...badReferences(survey), ...badParts(survey), ...missingTranslations(survey)];
}

function repeatedNames(survey: SurveyDefinition): string[] {
  return [
    ...repeats(survey.pages.map((page) => page.id)).map((id) => `page ${id} is there twice`),
    ...repeats(survey.pages.flatMap(fieldsOf)).map((id) => `question ${id} is there twice`),
    ...repeats(survey.scores.map((score) => score.id)).map((id) => `score ${id} is there twice`),
    ...repeats(survey.alerts.map((alert) => alert.id)).map((id) => `alert ${id} is there twice`),
    ...repeats(survey.locales).map((locale) => `language ${locale} is there twice`),
  ];
}

function badReferences(survey: SurveyDefinition): string[] {
  const problems: string[] = [];
  const asked = new Map<string, Question>();
  const check = (owner: string, condition: Condition | undefined) => {
    if (condition) problems.push(...badCondition(owner, condition, asked));
  };
  for (const page of survey.pages) {
    check(`page ${page.id}`, page.showIf);
    for (const question of questionsOf(page)) {
      check(`question ${question.id}`, question.showIf);
      asked.set(question.id, question);
    }
  }
  for (const alert of survey.alerts) check(`alert ${alert.id}`, alert.when);
  for (const score of survey.scores) {
    for (const item of score.items) problems.push(...badScoreItem(score.id, item, asked.get(item.question)));
  }
  return problems;
}

function badCondition(owner: string, condition: Condition, asked: Map<string, Question>): string[] {
  const question = asked.get(condition.question);
  if (!question) return [`${owner} depends on ${condition.question}, which is not asked before it`];
  const values = valuesOf(question);
  if (!values) return [`${owner} depends on ${question.id}, which is free text`];
  return condition.is
    .filter((value) => !values.includes(value))
    .map((value) => `${owner} depends on ${question.id} being ${value}, which it cannot be`);
}

type ScoreItem = SurveyDefinition["scores"][number]["items"][number];

function badScoreItem(score: string, item: ScoreItem, question: Question | undefined): string[] {
  if (!question) return [`score ${score} counts ${item.question}, which is not asked`];
  const values = valuesOf(question);
  if (!values || question.kind === "multi") return [`score ${score} counts ${question.id}, which has no single value`];
  if (!item.values) {
    return question.kind === "scale" ? [] : [`score ${score} needs a number for each value of ${question.id}`];
  }
  const known = values.map(String);
  const valued = Object.keys(item.values);
  return [
    ...known
      .filter((value) => !valued.includes(value))
      .map((value) => `score ${score}: ${question.id} ${value} has no number`),
    ...valued
      .filter((value) => !known.includes(value))
      .map((value) => `score ${score}: ${question.id} cannot be ${value}`),
  ];
}

function badParts(survey: SurveyDefinition): string[] {
  return survey.pages.flatMap(questionsOf).flatMap((question) => {
    if (question.kind === "scale") {
      const steps = question.max - question.min;
      return steps >= 1 && steps <= 10 ? [] : [`question ${question.id} needs 2 to 11 steps`];
    }
    if (!("options" in question)) return [];
    const problems = repeats(question.options.map((option) => option.value)).map(
      (value) => `question ${question.id} offers ${value} twice`,
    );
    if (question.kind === "select" && question.other && !valuesOf(question)?.includes(question.other.value)) {
      problems.push(`question ${question.id} asks for details of ${question.other.value}, which it does not offer`);
    }
    return problems;
  });
}

/** Finds every localised text by its shape, so that a new field cannot be forgotten here. */
function missingTranslations(survey: SurveyDefinition): string[] {
  const { locales, scores: _numbersOnly, ...texts } = survey;
  const expected = [...locales].sort().join();
  return localisedTexts(texts, "survey").flatMap(({ path, words }) => {
    const has = Object.keys(words).sort().join();
    return has === expected ? [] : [`${path} is in ${has || "no language"}, expected ${expected}`];
  });
}

const TEXT_FIELDS = [
  "title",
  "intro",
  "privacy",
  "text",
  "help",
  "ask",
  "hint",
  "label",
  "low",
  "high",
  "yes",
  "no",
  "say",
];

function localisedTexts(node: unknown, path: string): { path: string; words: Words }[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const here = `${path}.${key}`;
    return TEXT_FIELDS.includes(key) && value ? [{ path: here, words: value as Words }] : localisedTexts(value, here);
  });
}

function repeats(names: string[]): string[] {
  return [...new Set(names.filter((name, place) => names.indexOf(name) !== place))];
}
