import { commonGround } from "./common-ground.ts";
import type { SurveyDefinition } from "./definition.ts";
import { visitFollowUp } from "./visit-follow-up.ts";

/** Every version of every survey that Hearback can serve or that has stored answers. */
export const surveys: readonly SurveyDefinition[] = [commonGround, visitFollowUp];

/** The survey as forms, links and answers name it: `common-ground@1`. */
export function surveyKey(survey: Pick<SurveyDefinition, "id" | "version">): string {
  return `${survey.id}@${survey.version}`;
}

/** The survey with this key, or undefined. */
export function findSurvey(key: string): SurveyDefinition | undefined {
  return surveys.find((survey) => surveyKey(survey) === key);
}

/** The newest version of a survey. Throws when the catalogue has none by this id. */
export function currentSurvey(id: string): SurveyDefinition {
  const [newest] = surveys.filter((survey) => survey.id === id).sort((one, other) => other.version - one.version);
  if (!newest) throw new Error(`no survey ${id}`);
  return newest;
}
