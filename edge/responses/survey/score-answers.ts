import type { SurveyDefinition } from "../../../templates/surveys/definition.ts";
import type { Answers } from "../../../templates/surveys/questions.ts";

/** Each of the survey's scores: a number when every one of its items was answered, otherwise null. */
export function scoreAnswers(survey: SurveyDefinition, answers: Answers): Record<string, number | null> {
  return Object.fromEntries(survey.scores.map((score) => [score.id, scoreOf(score, answers)]));
}

function scoreOf(score: SurveyDefinition["scores"][number], answers: Answers): number | null {
  let sum = 0;
  for (const { question, values } of score.items) {
    const answer = Object.hasOwn(answers, question) ? answers[question] : undefined;
    const points = values && answer !== undefined ? values[String(answer)] : answer;
    if (typeof points !== "number") return null;
    sum += points;
  }
  return score.how === "sum" ? sum : sum / score.items.length;
}
