import { type SQL, sql } from "drizzle-orm";
import { surveys } from "../../../db/schema/surveys.ts";
import { surveys as catalogue, currentSurvey } from "../../../templates/surveys/catalogue.ts";
import { HearbackError } from "../../errors.ts";

/**
 * The statement with which a clinic takes on the newest version of its survey: whoever is asked from now on is asked
 * that one. Throws BAD_REQUEST when there is no such survey.
 */
export function publishSurvey(surveyId: string, now: number): SQL {
  if (!catalogue.some(({ id }) => id === surveyId)) {
    throw new HearbackError("BAD_REQUEST", `There is no survey ${surveyId}.`);
  }
  const survey = currentSurvey(surveyId);
  return sql`INSERT INTO ${surveys} (id, version, definition, published_at)
    VALUES (${survey.id}, ${survey.version}, ${JSON.stringify(survey)}, ${now}) ON CONFLICT DO NOTHING`;
}
