import { findSurvey } from "../../../templates/surveys/catalogue.ts";
import { textFieldsOf } from "../../../templates/surveys/questions.ts";
import { cleanText } from "./clean-text.ts";
import type { PostedForm } from "./read-form.ts";

/**
 * What a patient wrote in their own words, to be given back when it cannot be taken. Goes by the version that the form
 * says it is, so that the answer is the same whether or not there is such a link.
 */
export function keptTexts({ formVersion, entries }: PostedForm): string[] {
  const fields = findSurvey(formVersion)?.pages.flatMap(textFieldsOf) ?? [];
  return entries
    .filter(([field]) => fields.includes(field))
    .map(([, value]) => cleanText(value, { lines: true }))
    .filter((text) => text !== "");
}
