import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { findSurvey, surveyKey, surveys } from "../../templates/surveys/catalogue.ts";
import { commonGround } from "../../templates/surveys/common-ground.ts";
import { defineSurvey, type SurveyInput } from "../../templates/surveys/definition.ts";
import { PUBLISHED } from "../../templates/surveys/published.ts";
import { fieldsOf, questionsOf, valuesOf } from "../../templates/surveys/questions.ts";

test("the Common Ground survey stores exactly the names and values that its reports know, in order", () => {
  const asked = commonGround.pages.flatMap(questionsOf).map((question) => [question.id, valuesOf(question)]);
  expect(asked).toEqual([
    ["SatisfactionWithService", ["Very Unsatisfied", "Unsatisfied", "Neutral", "Satisfied", "Very Satisfied"]],
    ["LikelihoodToRecommendBHUC", ["Very Unlikely", "Unlikely", "Neutral", "Likely", "Very Likely"]],
    ["ProceedWithMoreQuestions", ["Yes", "No"]],
    ["StaffFriendlyAndWelcoming", ["Yes", "No"]],
    ["reasonAppropriatelyAddressed", ["Yes", "No"]],
    ["ExperienceOfSchedulingAnAppointment", ["Very difficult", "Difficult", "Neutral", "Easy", "Very Easy"]],
    ["WaitingRoomTimeExperience", ["Not long at all", "An acceptable amount of time", "Too long"]],
    [
      "HowDidYouHearAboutBHUC",
      [
        "Primary Care provider",
        "Community Mental Health clinic",
        "Private practice psychiatrist or therapist",
        "Insurance provider",
        "School/Educational program",
        "Family or Friend",
        "Google search",
        "Social media",
        "Other",
      ],
    ],
  ]);
  expect(commonGround.pages.flatMap(fieldsOf)).toContain("HowDidYouHearAboutBHUC_Other");
  expect(commonGround.anonymous).toBe(true);
});

test("every survey is found by its key, and no two share one", () => {
  for (const survey of surveys) expect(findSurvey(surveyKey(survey))).toBe(survey);
  expect(findSurvey("common-ground@99")).toBeUndefined();
});

test("a published version is served for ever as it was published, so that no open link changes under a patient", () => {
  const served = surveys.map((survey) => [
    surveyKey(survey),
    createHash("sha256").update(JSON.stringify(survey)).digest("hex"),
  ]);
  // Where this fails: put the version back, and give the change a version and a line in `published.ts` of its own.
  expect(Object.fromEntries(served)).toEqual(PUBLISHED);
});

const words = { en: "text" };
const yesNo = (id: string) => ({ kind: "yesNo" as const, id, ask: words });

function survey(overrides: Partial<SurveyInput>): SurveyInput {
  return {
    ...{ id: "trial", version: 1, anonymous: false, locales: ["en"], title: words, intro: words, privacy: words },
    thanks: { title: words, text: words },
    pages: [{ id: "one", title: words, questions: [yesNo("first")] }],
    ...overrides,
  };
}

function page(...questions: SurveyInput["pages"][number]["questions"]): Partial<SurveyInput> {
  return { pages: [{ id: "one", title: words, questions }] };
}

describe("a survey that contradicts itself is refused with the reason", () => {
  test("the survey these cases are made from is in order", () => {
    expect(defineSurvey(survey({})).version).toBe(1);
  });

  const cases: [string, Partial<SurveyInput>, RegExp][] = [
    ["a question asked twice", page(yesNo("same"), yesNo("same")), /question same is there twice/],
    [
      "a page shown for a question that comes later",
      page({ ...yesNo("early"), showIf: { question: "late", is: ["Yes"] } }, yesNo("late")),
      /question early depends on late, which is not asked before it/,
    ],
    [
      "a condition on a value that is not offered",
      page(yesNo("first"), { ...yesNo("second"), showIf: { question: "first", is: ["Maybe"] } }),
      /depends on first being Maybe/,
    ],
    [
      "details of an option that is not offered",
      page({
        ...{ kind: "select", id: "how", ask: words },
        options: [
          { value: "a", label: words },
          { value: "b", label: words },
        ],
        other: { value: "Other", id: "how_other", ask: words, maxLength: 10 },
      }),
      /asks for details of Other/,
    ],
    [
      "a score over an unknown question",
      { scores: [{ id: "s", how: "sum", items: [{ question: "x" }] }] },
      /x, which is not asked/,
    ],
    [
      "a score that leaves a value without a number",
      { scores: [{ id: "s", how: "sum", items: [{ question: "first", values: { Yes: 1 } }] }] },
      /first No has no number/,
    ],
    [
      "an alert on an unknown question",
      { alerts: [{ id: "a", when: { question: "x", is: ["Yes"] }, say: words }] },
      /alert a depends on x/,
    ],
    ["a missing translation", { locales: ["en", "es"] }, /survey.title is in en, expected en,es/],
    ["a name that every object has", page(yesNo("constructor")), /every JavaScript object/],
    ["a name with a hyphen, which the form keeps for itself", page(yesNo("form-version")), /expected a letter/],
  ];
  test.each(cases)("%s", (_what, overrides, reason) => {
    expect(() => defineSurvey(survey(overrides))).toThrow(reason);
  });
});
