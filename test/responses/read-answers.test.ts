import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanText } from "../../edge/responses/survey/clean-text.ts";
import { readAnswers } from "../../edge/responses/survey/read-answers.ts";
import { scoreAnswers } from "../../edge/responses/survey/score-answers.ts";
import { commonGround } from "../../templates/surveys/common-ground.ts";
import { fieldsOf } from "../../templates/surveys/questions.ts";
import { visitFollowUp } from "../../templates/surveys/visit-follow-up.ts";

const more = (...entries: [string, string][]) => readAnswers(commonGround, "more", entries);
const followUp = (...entries: [string, string][]) =>
  readAnswers(visitFollowUp, "first", [["feelingNow", "same"], ...entries]);

describe("what a posted page is read as", () => {
  test("offered values are taken as they are, and an empty form is no mistake", () => {
    const { answers, problems } = readAnswers(commonGround, "first", [
      ["SatisfactionWithService", "Very Satisfied"],
      ["ProceedWithMoreQuestions", "No"],
    ]);
    expect(answers).toEqual({ SatisfactionWithService: "Very Satisfied", ProceedWithMoreQuestions: "No" });
    expect(problems).toEqual([]);
    expect(more(["HowDidYouHearAboutBHUC", ""], ["HowDidYouHearAboutBHUC_Other", ""])).toEqual({
      answers: {},
      problems: [],
      dropped: 0,
    });
  });

  test("a value that is nearly an option is refused", () => {
    for (const near of ["very satisfied", "Very Satisfied ", "5", "toString"]) {
      const { answers, problems } = readAnswers(commonGround, "first", [["SatisfactionWithService", near]]);
      expect(problems).toEqual([{ question: "SatisfactionWithService", code: "not_an_option" }]);
      expect(answers).toEqual({});
    }
  });

  test("fields that are no question are dropped and counted, whatever they are called", () => {
    const names = ["patientPhone", "sentOn", "id", "__proto__", "constructor.prototype", "a[__proto__][x]", "toString"];
    const reading = more(...names.map((name): [string, string] => [name, "1"]));
    expect(reading).toEqual({ answers: {}, problems: [], dropped: names.length });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test("a question of another page is refused, and so is one answered twice", () => {
    expect(more(["SatisfactionWithService", "Neutral"]).problems).toEqual([
      { question: "SatisfactionWithService", code: "wrong_page" },
    ]);
    expect(more(["StaffFriendlyAndWelcoming", "Yes"], ["StaffFriendlyAndWelcoming", "No"]).problems).toEqual([
      { question: "StaffFriendlyAndWelcoming", code: "repeated" },
    ]);
  });

  test("the Other text is required with Other and cleared with any other choice", () => {
    const withText = (choice: string, text: string) =>
      more(["HowDidYouHearAboutBHUC", choice], ["HowDidYouHearAboutBHUC_Other", text]);
    expect(withText("Other", "  a poster ").answers).toEqual({
      HowDidYouHearAboutBHUC: "Other",
      HowDidYouHearAboutBHUC_Other: "a poster",
    });
    expect(withText("Other", " \n ").problems).toEqual([
      { question: "HowDidYouHearAboutBHUC_Other", code: "other_required" },
    ]);
    expect(withText("Google search", "a poster").answers).toEqual({ HowDidYouHearAboutBHUC: "Google search" });
    expect(withText("Other", "x".repeat(501)).problems).toEqual([
      { question: "HowDidYouHearAboutBHUC_Other", code: "too_long" },
    ]);
  });

  test("a scale takes only the whole numbers it offers", () => {
    expect(followUp(["recommend", "10"]).answers.recommend).toBe(10);
    for (const odd of [
      "NaN",
      "1e309",
      "1e1",
      "-0",
      "9007199254740993",
      "5 ",
      " 5",
      "5.0",
      "05",
      "+5",
      "11",
      "-1",
      "٥",
    ]) {
      expect(followUp(["recommend", odd]).problems, odd).toHaveLength(1);
    }
  });

  test("a multiple choice keeps the survey's order, its limit, and no value twice", () => {
    const wouldHelp = (...values: string[]) => followUp(...values.map((v): [string, string] => ["wouldHelp", v]));
    expect(wouldHelp("ride", "call").answers.wouldHelp).toEqual(["call", "ride"]);
    expect(wouldHelp("call", "ride", "visit", "medicine").problems).toEqual([
      { question: "wouldHelp", code: "too_many" },
    ]);
    expect(wouldHelp("call", "call").problems).toEqual([{ question: "wouldHelp", code: "repeated" }]);
  });

  test("a hidden question is left out, and a required one must be answered", () => {
    expect(followUp(["whatIsWorse", "my knee"]).answers).toEqual({ feelingNow: "same" });
    expect(readAnswers(visitFollowUp, "first", []).problems).toEqual([{ question: "feelingNow", code: "required" }]);
  });
});

describe("for any input", () => {
  const fields = [...commonGround.pages.slice(1).flatMap(fieldsOf), "__proto__", "sentOn"];
  const entry = fc.tuple(
    fc.oneof(fc.constantFrom(...fields), fc.string()),
    fc.oneof(fc.constantFrom("Yes", "No", "Other", "Neutral", "Too long", ""), fc.string({ unit: "binary" })),
  );

  test("only the page's own names and offered values come out, and reading them again changes nothing", () => {
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const { answers } = readAnswers(commonGround, "more", entries);
        expect(fields).toEqual(expect.arrayContaining(Object.keys(answers)));
        const again = readAnswers(commonGround, "more", Object.entries(answers) as [string, string][]);
        expect(again.answers).toEqual(answers);
        expect(again.dropped).toBe(0);
      }),
    );
  });

  test("text is stored well-formed, in NFC, without control or direction marks, and cleaning it twice is cleaning it once", () => {
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.string({ unit }), fc.boolean(), (raw, lines) => {
        const text = cleanText(raw, { lines });
        expect(text.isWellFormed()).toBe(true);
        expect(text.normalize("NFC")).toBe(text);
        expect(text).not.toMatch(/(?!\n)\p{Cc}|[\u202A-\u202E\u2066-\u2069]/u);
        expect(cleanText(text, { lines })).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  test("people's words survive cleaning: accents, emoji, right-to-left script, line breaks", () => {
    for (const words of ["Zoë & José", "👩‍👩‍👧 ok 👍🏽", "שלום עולם", "línea 1\nlínea 2", "=SUM(A1)", "<b>bold</b>"]) {
      expect(cleanText(words, { lines: true })).toBe(words.normalize("NFC"));
    }
    expect(cleanText(`z${"\u0353".repeat(100)}`, { lines: false }).length).toBe(5);
  });
});

describe("scores", () => {
  test("a score needs every one of its items", () => {
    const whole = { listened: 5, explained: 4, waiting: 3, recommend: 9 };
    expect(scoreAnswers(visitFollowUp, whole)).toEqual({ care: 4, promoter: 100 });
    expect(scoreAnswers(visitFollowUp, { listened: 5, explained: 4 })).toEqual({ care: null, promoter: null });
  });

  test("promoter points average to the Net Promoter Score of a group", () => {
    const points = [10, 9, 8, 6, 0].map(
      (recommend) => scoreAnswers(visitFollowUp, { recommend }).promoter ?? Number.NaN,
    );
    expect(points.reduce((sum, each) => sum + each) / points.length).toBe(0);
  });
});
